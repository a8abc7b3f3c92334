import type { FleetView } from '../../core/index.ts';

/** What the resources of a session's reachable members come to; null is not known. */
export interface ResourceFigures {
  /** 1 is all CPUs of one host. */
  readonly cpuUtilization: number | null;
  readonly maxCpuUtilization: number | null;
  readonly memoryBytes: number | null;
  readonly maxMemoryBytes: number | null;
  readonly fileDescriptors: number | null;
  readonly threads: number | null;
  /** Mean over the operations that finished in the health window. */
  readonly meanDurationMs: number | null;
  /** Of the real capacity of the members' hosts: the greater of CPU and memory, 0 to 1. */
  readonly utilization: number | null;
}

/** Adds up what a session's members use, and holds it against the capacity of the hosts that they run on. */
export class ResourceTotals {
  readonly #fleet: FleetView;
  readonly #nowMs: number;
  readonly #cpu = new Total();
  readonly #memory = new Total();
  readonly #fileDescriptors = new Total();
  readonly #threads = new Total();
  readonly #cpuUse = new CapacityUse();
  readonly #memoryUse = new CapacityUse();
  #finished = 0;
  #durationMs = 0;

  /** @param nowMs - When the figures are of. */
  constructor(fleet: FleetView, nowMs: number) {
    this.#fleet = fleet;
    this.#nowMs = nowMs;
  }

  /** Adds a member that can be reached. */
  add(slot: number): void {
    const fleet = this.#fleet;
    const cpu = fleet.cpuUtilizationOf(slot);
    const memory = fleet.memoryBytesOf(slot);
    this.#cpu.add(cpu);
    this.#memory.add(memory);
    this.#fileDescriptors.add(fleet.fileDescriptorsOf(slot));
    this.#threads.add(fleet.threadCountOf(slot));
    this.#finished += fleet.recentOperationsOf(slot, this.#nowMs);
    this.#durationMs += fleet.recentDurationMsOf(slot, this.#nowMs);
    const hostName = fleet.hostOf(slot);
    const host = hostName === '' ? undefined : fleet.host(hostName, this.#nowMs);
    if (host === undefined) return;
    // An agent's share is of all CPUs of its host.
    this.#cpuUse.add(hostName, cpu * (host.cpuCount ?? Number.NaN), host.cpuCount);
    this.#memoryUse.add(hostName, memory, host.memoryLimitBytes);
  }

  get figures(): ResourceFigures {
    const cpu = this.#cpuUse.ratio;
    const memory = this.#memoryUse.ratio;
    return {
      cpuUtilization: this.#cpu.sum,
      maxCpuUtilization: this.#cpu.max,
      memoryBytes: this.#memory.sum,
      maxMemoryBytes: this.#memory.max,
      fileDescriptors: this.#fileDescriptors.sum,
      threads: this.#threads.sum,
      meanDurationMs: this.#finished > 0 ? this.#durationMs / this.#finished : null,
      utilization: cpu === null || memory === null ? (cpu ?? memory) : Math.max(cpu, memory),
    };
  }
}

/** A sum of what is known. */
class Total {
  sum: number | null = null;
  max: number | null = null;

  /** @param value - NaN is not known, and adds nothing. */
  add(value: number): void {
    if (Number.isNaN(value)) return;
    this.sum = (this.sum ?? 0) + value;
    this.max = this.max === null ? value : Math.max(this.max, value);
  }
}

/** What is used of a capacity that many share: each host's counts once. */
class CapacityUse {
  readonly #hosts = new Set<string>();
  #used = 0;
  #capacity = 0;

  add(host: string, used: number, capacity: number | null): void {
    if (Number.isNaN(used) || capacity === null || !(capacity > 0)) return;
    this.#used += used;
    if (this.#hosts.has(host)) return;
    this.#hosts.add(host);
    this.#capacity += capacity;
  }

  get ratio(): number | null {
    return this.#capacity > 0 ? this.#used / this.#capacity : null;
  }
}
