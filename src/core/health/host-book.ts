/** What is known of a host that agents run on; null is not known. */
export interface HostView {
  readonly host: string;
  /** 0 to 1. */
  readonly cpuUtilization: number | null;
  readonly memoryUtilization: number | null;
  readonly cpuCount: number | null;
  readonly memoryLimitBytes: number | null;
}

type Figure = Exclude<keyof HostView, 'host'>;
type Host = { -readonly [key in keyof HostView]: HostView[key] } & { heardAtMs: number };

/** A host unheard for so long is gone. */
const keptMs = 15 * 60_000;

/** Hosts by `host.id` (else `host.name`): their capacity is counted once, however many agents run there. */
export class HostBook {
  readonly #limit: number;
  readonly #hosts = new Map<string, Host>();

  /** @param limit - How many hosts are kept; the one unheard for longest leaves first. */
  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  /** Notes one figure of a host. */
  note(host: string, figure: Figure, value: number, nowMs: number): void {
    let known = this.#hosts.get(host);
    // Kept in the order in which they were last heard.
    this.#hosts.delete(host);
    known ??= {
      host,
      cpuUtilization: null,
      memoryUtilization: null,
      cpuCount: null,
      memoryLimitBytes: null,
      heardAtMs: nowMs,
    };
    known[figure] = value;
    known.heardAtMs = nowMs;
    this.#hosts.set(host, known);
    if (this.#hosts.size > this.#limit) this.#hosts.delete(this.#hosts.keys().next().value!);
  }

  /** A host that is still heard of. */
  viewOf(host: string, nowMs: number): HostView | undefined {
    const known = this.#hosts.get(host);
    return known !== undefined && nowMs - known.heardAtMs < keptMs ? known : undefined;
  }

  /** All hosts that are still heard of. */
  views(nowMs: number): HostView[] {
    for (const [host, { heardAtMs }] of this.#hosts) {
      if (nowMs - heardAtMs < keptMs) break;
      this.#hosts.delete(host);
    }
    return [...this.#hosts.values()];
  }
}
