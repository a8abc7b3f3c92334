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

/** Two scrapers must not cut each other's span so short that it says nothing. */
const shortestSpanMs = 1000;

/**
 * Makes a reader of how busy the processor's own host is; the CPU's share is of the span since the last reading, at
 * least a second of it (until then the last reading stands).
 *
 * @returns The reader.
 * @example
 * ```ts
 * const readOwnHost = ownHostReader();
 * readOwnHost().memoryUtilization;
 * ```
 */
export function ownHostReader(): () => SystemUsage {
  let readAtMs = performance.now();
  let before = cpuTimes();
  let cpuUtilization: number | null = null;
  return () => {
    const nowMs = performance.now();
    if (nowMs - readAtMs >= shortestSpanMs) {
      const now = cpuTimes();
      const passed = now.total - before.total;
      cpuUtilization = passed > 0 ? 1 - (now.idle - before.idle) / passed : cpuUtilization;
      readAtMs = nowMs;
      before = now;
    }
    const total = totalmem();
    return { cpuUtilization, memoryUtilization: total > 0 ? 1 - freemem() / total : null };
  };
}

function cpuTimes(): { idle: number; total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, total };
}
