import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';

/** What the processor's own process used of the machine. */
export interface ProcessUsage {
  /** 0 to 1, of all CPUs; null in the first second, as there is no span yet that says anything. */
  readonly cpuUtilization: number | null;
  /** 0 to 1; null in the first second. */
  readonly eventLoopUtilization: number | null;
  readonly memoryBytes: number;
}

/** Two scrapers must not cut each other's span so short that it says nothing. */
const shortestSpanMs = 1000;

/**
 * Makes a reader of this process' own usage; shares are of the span since the last reading, at least a second
 * of it (until then the last reading stands).
 *
 * @returns The reader.
 * @example
 * ```ts
 * const readUsage = processUsageReader();
 * readUsage().memoryBytes;
 * ```
 */
export function processUsageReader(): () => ProcessUsage {
  const cpus = availableParallelism();
  let readAtMs = performance.now();
  let cpu = process.cpuUsage();
  let loop = performance.eventLoopUtilization();
  let shares: Omit<ProcessUsage, 'memoryBytes'> = { cpuUtilization: null, eventLoopUtilization: null };
  return () => {
    const nowMs = performance.now();
    const spanMs = nowMs - readAtMs;
    if (spanMs >= shortestSpanMs) {
      const used = process.cpuUsage(cpu);
      const loopNow = performance.eventLoopUtilization();
      shares = {
        cpuUtilization: Math.min(1, (used.user + used.system) / 1000 / spanMs / cpus),
        eventLoopUtilization: performance.eventLoopUtilization(loopNow, loop).utilization,
      };
      readAtMs = nowMs;
      cpu = process.cpuUsage();
      loop = loopNow;
    }
    return { ...shares, memoryBytes: process.memoryUsage.rss() };
  };
}
