import { currentEmission, type ResourceReadings } from './emission.ts';
import { builtin, hostProcess } from './host.ts';

/** As often as agents are exported by default. */
const sampleIntervalMs = 10_000;
/** Where agents come and go one after the other, each in turn is the first: a sample this young will do. */
const leastIntervalMs = 1_000;

const unknown: ResourceReadings = {
  processCpuUtilization: undefined,
  processMemoryUsageBytes: undefined,
  processThreadCount: undefined,
  processFileDescriptorCount: undefined,
  eventLoopUtilization: undefined,
  systemCpuUtilization: undefined,
  systemCpuLogicalCount: undefined,
  systemMemoryUtilization: undefined,
  systemMemoryLimitBytes: undefined,
};

interface Totals {
  readonly atMs: number;
  readonly processCpuMicroseconds: number;
  readonly eventLoopActiveMs: number;
  readonly eventLoopIdleMs: number;
  readonly systemCpuBusyMs: number;
  readonly systemCpuMs: number;
}

let latest = unknown;
let totals: Totals | undefined;
let counts: { threads: number | undefined; fileDescriptors: number | undefined } = {
  threads: undefined,
  fileDescriptors: undefined,
};
let counting = false;
let shownBy = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The last sample; nothing but unknowns before the first. */
export function currentResources(): ResourceReadings {
  return latest;
}

/**
 * Samples every 10 s, by a timer that keeps no process open, while any agent shows what is sampled.
 *
 * @param agents - How many more show it now.
 */
export function showResources(agents: 1 | -1): void {
  shownBy += agents;
  if (shownBy > 0 && timer === undefined) {
    if (totals === undefined || performance.now() - totals.atMs >= leastIntervalMs) sample();
    timer = setInterval(() => {
      if (currentEmission().listens()) sample();
    }, sampleIntervalMs);
    timer.unref?.();
  } else if (shownBy === 0) {
    clearInterval(timer);
    timer = undefined;
  }
}

/** Utilizations are of the time since the sample before, so that the first has none. */
function sample(): void {
  if (hostProcess?.cpuUsage === undefined) return;
  try {
    const os = builtin('node:os');
    const previous = totals;
    const current = readTotals(performance.now());
    const cpuCount = os?.availableParallelism?.() ?? os?.cpus().length;
    const total = os?.totalmem();
    totals = current;
    latest = {
      ...utilizations(previous, current, cpuCount),
      processMemoryUsageBytes: hostProcess.memoryUsage.rss(),
      processThreadCount: counts.threads,
      processFileDescriptorCount: counts.fileDescriptors,
      systemCpuLogicalCount: cpuCount,
      systemMemoryLimitBytes: total,
      systemMemoryUtilization:
        os !== undefined && total !== undefined && total > 0 ? 1 - os.freemem() / total : undefined,
    };
    void countEntries();
  } catch {
    // A sandbox forbids it: what is unknown has no series.
    latest = unknown;
  }
}

function readTotals(atMs: number): Totals {
  const { user, system } = hostProcess!.cpuUsage();
  const loop = performance.eventLoopUtilization?.() ?? { active: 0, idle: 0 };
  let systemCpuBusyMs = 0;
  let systemCpuMs = 0;
  for (const { times } of builtin('node:os')?.cpus() ?? []) {
    const busy = times.user + times.nice + times.sys + times.irq;
    systemCpuBusyMs += busy;
    systemCpuMs += busy + times.idle;
  }
  return {
    atMs,
    processCpuMicroseconds: user + system,
    eventLoopActiveMs: loop.active,
    eventLoopIdleMs: loop.idle,
    systemCpuBusyMs,
    systemCpuMs,
  };
}

function utilizations(
  previous: Totals | undefined,
  current: Totals,
  cpuCount: number | undefined,
): Pick<ResourceReadings, 'processCpuUtilization' | 'eventLoopUtilization' | 'systemCpuUtilization'> {
  if (previous === undefined) {
    return {
      processCpuUtilization: undefined,
      eventLoopUtilization: undefined,
      systemCpuUtilization: undefined,
    };
  }
  const microseconds = (current.atMs - previous.atMs) * 1_000 * (cpuCount ?? 1);
  const active = current.eventLoopActiveMs - previous.eventLoopActiveMs;
  const loop = active + current.eventLoopIdleMs - previous.eventLoopIdleMs;
  return {
    processCpuUtilization: share(
      current.processCpuMicroseconds - previous.processCpuMicroseconds,
      microseconds,
    ),
    eventLoopUtilization: share(active, loop),
    systemCpuUtilization: share(
      current.systemCpuBusyMs - previous.systemCpuBusyMs,
      current.systemCpuMs - previous.systemCpuMs,
    ),
  };
}

function share(part: number, whole: number): number | undefined {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : undefined;
}

/** Linux counts threads and descriptors as directory entries; read off the loop, ready for the next sample. */
async function countEntries(): Promise<void> {
  if (counting || hostProcess?.platform !== 'linux') return;
  const files = builtin('node:fs')?.promises;
  if (files === undefined) return;
  counting = true;
  const [threads, fileDescriptors] = await Promise.all(
    ['/proc/self/task', '/proc/self/fd'].map(async (path) => {
      try {
        return (await files.readdir(path)).length;
      } catch {
        return undefined;
      }
    }),
  );
  counts = { threads, fileDescriptors };
  latest = { ...latest, processThreadCount: threads, processFileDescriptorCount: fileDescriptors };
  counting = false;
}
