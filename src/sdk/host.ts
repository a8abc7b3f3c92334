import type { Cluster } from 'node:cluster';
import type * as FileSystem from 'node:fs';
import type * as OperatingSystem from 'node:os';
import type * as WorkerThreads from 'node:worker_threads';

interface BuiltinModules {
  'node:cluster': Cluster;
  'node:fs': typeof FileSystem;
  'node:os': typeof OperatingSystem;
  'node:worker_threads': typeof WorkerThreads;
}

/** Node's process object; undefined in a browser and other hosts that have none. */
export const hostProcess: NodeJS.Process | undefined = globalThis.process;

/**
 * A module of Node, without an import that would keep the SDK out of a browser.
 *
 * @returns The module; undefined elsewhere than in Node ≥ 20.16.
 */
export function builtin<Name extends keyof BuiltinModules>(name: Name): BuiltinModules[Name] | undefined {
  return hostProcess?.getBuiltinModule?.(name) as BuiltinModules[Name] | undefined;
}

/** An environment variable; undefined where it is not set, empty, or there is no environment. */
export function environment(name: string): string | undefined {
  return hostProcess?.env?.[name] || undefined;
}

let cachedHostId: string | undefined;

/** `host.id` as OpenTelemetry's detector finds it on Linux (the machine id), else the host's name. */
export function hostId(): string | undefined {
  if (cachedHostId === undefined) cachedHostId = readMachineId() ?? hostName();
  return cachedHostId;
}

/** The host's name; undefined where it cannot be known. */
export function hostName(): string | undefined {
  try {
    return builtin('node:os')?.hostname() || undefined;
  } catch {
    return undefined;
  }
}

function readMachineId(): string | undefined {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      const id = builtin('node:fs')?.readFileSync(path, 'utf8').trim();
      if (id) return id;
    } catch {
      // The file is absent on most hosts that are not Linux and in many containers.
    }
  }
  return undefined;
}
