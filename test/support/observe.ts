import {
  cumulative,
  encodeUtf8,
  Fleet,
  type FleetSettings,
  gauge,
  Observation,
  type Signal,
  signalOf,
  type Transition,
} from '../../src/core/index.ts';

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;

export type Fields = Partial<
  Omit<Observation, 'signal' | 'idBytes' | 'idStart' | 'idEnd'> & { signal: Parameters<typeof signalOf>[0] }
>;

/** Makes an observation of an agent by names instead of integers. */
export function observation(id: string, fields: Fields = {}): Observation {
  const { signal, ...rest } = fields;
  const made = new Observation();
  made.idBytes = encodeUtf8(id);
  made.idEnd = made.idBytes.length;
  made.signal = signalOf(signal ?? 'seen') as Signal;
  return Object.assign(made, rest);
}

/** A transition as tests write it: `agent from → to @seconds reason`. */
export function line(transition: Transition): string {
  const { agent, from, to, at, reason, irregular } = transition;
  return `${agent} ${from ?? 'new'} → ${to} @${Math.round(at) / 1000} ${reason}${irregular ? ' (irregular)' : ''}`;
}

/** How a heartbeat reaches the processor. */
export interface Delivery {
  /** How long it was on its way. */
  delayMs?: number;
  /** How far the agent's clock is ahead. */
  clockAheadMs?: number;
  pipeline?: string;
}

/** Drives a fleet by hand: time is what the test says, and each step says what changed. */
export class Scenario {
  readonly fleet: Fleet;
  readonly lines: string[] = [];
  nowMs: number;
  /** Told of every transition, as the processor's faces are. */
  onTransitions: (transitions: readonly Transition[]) => void = () => {};
  readonly #beats = new Map<string, number>();
  readonly #startMs = new Map<string, number>();

  constructor(settings: Partial<FleetSettings> = {}, startMs = 0) {
    this.fleet = new Fleet(settings);
    this.nowMs = startMs;
  }

  /** Lets time pass, looking at deadlines on the way at every step. */
  pass(durationMs: number, stepMs = durationMs): this {
    const until = this.nowMs + durationMs;
    while (this.nowMs < until) {
      this.nowMs = Math.min(until, this.nowMs + stepMs);
      this.#note(this.fleet.tick(this.nowMs));
    }
    return this;
  }

  apply(id: string, fields: Fields): this {
    this.#note(this.fleet.apply(observation(id, fields), this.nowMs));
    return this;
  }

  /** One heartbeat more, as a cumulative counter. */
  beat(id: string, delivery: Delivery = {}): this {
    const beats = (this.#beats.get(id) ?? 0) + 1;
    this.#beats.set(id, beats);
    // A process keeps the start time it began with, whatever happens to its clock.
    if (!this.#startMs.has(id)) this.#startMs.set(id, this.nowMs + (delivery.clockAheadMs ?? 0));
    return this.counter(id, beats, delivery);
  }

  /** The heartbeat counter at a value. */
  counter(id: string, value: number, { delayMs = 0, clockAheadMs = 0, pipeline = '' }: Delivery = {}): this {
    return this.apply(id, {
      signal: 'heartbeats',
      temporality: cumulative,
      value,
      timeMs: epochMs + this.nowMs - delayMs + clockAheadMs,
      startTimeMs: epochMs + (this.#startMs.get(id) ?? 0),
      pipeline,
    });
  }

  /** The process behind an agent is another from here on: its counters begin anew. */
  restart(id: string): this {
    this.#beats.set(id, 0);
    this.#startMs.set(id, this.nowMs);
    return this;
  }

  report(id: string, state: string, { delayMs = 0, clockAheadMs = 0 }: Delivery = {}): this {
    return this.apply(id, {
      signal: 'reportedStatus',
      temporality: gauge,
      state,
      value: 1,
      timeMs: epochMs + this.nowMs - delayMs + clockAheadMs,
    });
  }

  /** A gauge in seconds since the epoch, as an agent with a right clock sends it. */
  epochGauge(
    id: string,
    signal: 'leaseExpiry' | 'exhaustedRecoveryTime',
    atMs: number,
    fields: Fields = {},
  ): this {
    return this.apply(id, {
      signal,
      value: (epochMs + atMs) / 1000,
      timeMs: epochMs + this.nowMs,
      ...fields,
    });
  }

  /** Beats at an interval for a while. */
  beatFor(id: string, durationMs: number, intervalMs = 10 * second): this {
    const until = this.nowMs + durationMs;
    this.beat(id);
    while (this.nowMs + intervalMs <= until) {
      this.pass(intervalMs);
      this.beat(id);
    }
    return this.nowMs < until ? this.pass(until - this.nowMs) : this;
  }

  conditions(id: string): readonly string[] {
    return this.view(id).conditions;
  }

  view(id: string) {
    return this.fleet.view(this.fleet.find(id), this.nowMs);
  }

  /** What has changed since the last call. */
  take(): string[] {
    return this.lines.splice(0);
  }

  #note(transitions: readonly Transition[]): void {
    this.lines.push(...transitions.map(line));
    if (transitions.length > 0) this.onTransitions(transitions);
  }
}

/** Agents' clocks show the epoch; the fleet's time line begins where the test says. */
export const epochMs = 1_800_000_000_000;
