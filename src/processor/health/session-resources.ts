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
  readonly #hosts = new Map<string, HostUse>();
  #finished = 0;
  #durationMs = 0;

  /** @param nowMs - When the figures are of. */
  constructor(fleet: FleetView, nowMs: number) {
    this.#fleet = fleet;
    this.#nowMs = nowMs;
  }

  /** Adds members that can be reached; figure by figure, as each has a column of its own. */
  add(slots: readonly number[]): void {
    const fleet = this.#fleet;
    for (const slot of slots) this.#cpu.add(fleet.cpuUtilizationOf(slot));
    for (const slot of slots) this.#memory.add(fleet.memoryBytesOf(slot));
    for (const slot of slots) this.#fileDescriptors.add(fleet.fileDescriptorsOf(slot));
    for (const slot of slots) this.#threads.add(fleet.threadCountOf(slot));
    for (const slot of slots) {
      this.#finished += fleet.recentOperationsOf(slot, this.#nowMs);
      this.#durationMs += fleet.recentDurationMsOf(slot, this.#nowMs);
    }
    for (const slot of slots) {
      const host = fleet.hostOf(slot);
      if (host !== '') this.#useHost(host, fleet.cpuUtilizationOf(slot), fleet.memoryBytesOf(slot));
    }
  }

  get figures(): ResourceFigures {
    const { cpu, memory } = this.#utilization();
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

  #useHost(name: string, cpu: number, memory: number): void {
    let host = this.#hosts.get(name);
    if (host === undefined) {
      host = { cpu: new Total(), memory: new Total() };
      this.#hosts.set(name, host);
    }
    host.cpu.add(cpu);
    host.memory.add(memory);
  }

  /** What is used of the capacity of the hosts that say how much they have; each counts once. */
  #utilization(): { cpu: number | null; memory: number | null } {
    const cpus = new Share();
    const memory = new Share();
    for (const [name, use] of this.#hosts) {
      const host = this.#fleet.host(name, this.#nowMs);
      // An agent's share is of all CPUs of its host.
      cpus.add(use.cpu.sum === null ? null : use.cpu.sum * (host?.cpuCount ?? 0), host?.cpuCount ?? null);
      memory.add(use.memory.sum, host?.memoryLimitBytes ?? null);
    }
    return { cpu: cpus.ratio, memory: memory.ratio };
  }
}

/** What a host's members use of it. */
interface HostUse {
  readonly cpu: Total;
  readonly memory: Total;
}

/** A sum of what is known. */
class Total {
  #count = 0;
  #sum = 0;
  #max = Number.NEGATIVE_INFINITY;

  /** @param value - NaN is not known, and adds nothing. */
  add(value: number): void {
    if (Number.isNaN(value)) return;
    this.#count++;
    this.#sum += value;
    if (value > this.#max) this.#max = value;
  }

  get sum(): number | null {
    return this.#count === 0 ? null : this.#sum;
  }

  get max(): number | null {
    return this.#count === 0 ? null : this.#max;
  }
}

/** What is used of what there is. */
class Share {
  #used = 0;
  #capacity = 0;

  /** Adds what is used of a capacity, where both are known. */
  add(used: number | null, capacity: number | null): void {
    if (used === null || capacity === null || !(capacity > 0)) return;
    this.#used += used;
    this.#capacity += capacity;
  }

  get ratio(): number | null {
    return this.#capacity > 0 ? this.#used / this.#capacity : null;
  }
}
