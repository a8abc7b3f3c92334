import { cpus, freemem, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { HostView } from '../../core/index.ts';

/** How busy the machines are that the fleet runs on, 0 to 1; null is not known. */
export interface SystemUsage {
  readonly cpuUtilization: number | null;
  readonly memoryUtilization: number | null;
}

/**
 * Says how busy the fleet's hosts are: each counts as much as it has CPUs (or memory), if all of them tell how much
 * that is; else they count the same.
 *
 * @param hosts - Hosts that agents or a Collector tell of.
 * @returns The means; undefined where no host tells of either.
 * @example
 * ```ts
 * usageOfHosts(fleet.hosts(clock.now()))?.cpuUtilization;
 * ```
 */
export function usageOfHosts(hosts: readonly HostView[]): SystemUsage | undefined {
  const cpuUtilization = meanOf(hosts, 'cpuUtilization', 'cpuCount');
  const memoryUtilization = meanOf(hosts, 'memoryUtilization', 'memoryLimitBytes');
  if (cpuUtilization === null && memoryUtilization === null) return undefined;
  return { cpuUtilization, memoryUtilization };
}

type Figure = Exclude<keyof HostView, 'host'>;

function meanOf(hosts: readonly HostView[], figure: Figure, capacity: Figure): number | null {
  const telling = hosts.filter((host) => host[figure] !== null);
  const hasCapacities = telling.every((host) => (host[capacity] ?? 0) > 0);
  let weighted = 0;
  let total = 0;
  for (const host of telling) {
    const weight = hasCapacities ? host[capacity]! : 1;
    weighted += host[figure]! * weight;
    total += weight;
  }
  return total > 0 ? weighted / total : null;
}

/** What a host has counted since it was started. */
export interface HostCounters {
  /** Milliseconds, steady. */
  nowMs(): number;
  /** All CPUs together, in milliseconds. */
  cpuTimes(): { readonly idle: number; readonly total: number };
  /** Bytes. */
  memory(): { readonly free: number; readonly total: number };
}

const ownHost: HostCounters = {
  nowMs: () => performance.now(),
  cpuTimes: () => {
    let idle = 0;
    let total = 0;
    for (const { times } of cpus()) {
      idle += times.idle;
      total += times.user + times.nice + times.sys + times.idle + times.irq;
    }
    return { idle, total };
  },
  memory: () => ({ free: freemem(), total: totalmem() }),
};

/** Two readers must not cut each other's span so short that it says nothing. */
const shortestSpanMs = 1000;

/**
 * Makes a reader of how busy the processor's own host is; the CPU's share is of the span since the last reading, at
 * least a second of it (until then the last reading stands).
 *
 * @param host - The host's counters; by default those of the host that this runs on.
 * @returns The reader; it tells nothing of the CPUs in the first second.
 * @example
 * ```ts
 * const readOwnHost = ownHostReader();
 * readOwnHost().memoryUtilization;
 * ```
 */
export function ownHostReader(host: HostCounters = ownHost): () => SystemUsage {
  let readAtMs = host.nowMs();
  let before = host.cpuTimes();
  let cpuUtilization: number | null = null;
  return () => {
    const nowMs = host.nowMs();
    if (nowMs - readAtMs >= shortestSpanMs) {
      const now = host.cpuTimes();
      const passed = now.total - before.total;
      if (passed > 0) cpuUtilization = Math.min(1, Math.max(0, 1 - (now.idle - before.idle) / passed));
      readAtMs = nowMs;
      before = now;
    }
    const { free, total } = host.memory();
    return { cpuUtilization, memoryUtilization: total > 0 ? 1 - free / total : null };
  };
}
