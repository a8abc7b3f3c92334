import { cumulative, delta, gauge, type Observation } from '../../../src/core/index.ts';
import { epochMs, type Fields, observation } from '../../support/observe.ts';
import type { Export } from './request.ts';
import type { World } from './world.ts';

export interface AgentOptions {
  /** How often it beats and exports. */
  readonly intervalMs?: number;
  readonly temporality?: 'cumulative' | 'delta';
  /** How far its host's clock is ahead. */
  readonly clockAheadMs?: number;
  /** Whether it promises its interval. */
  readonly promises?: boolean;
}

/** From when to when a process of an agent lived. */
export interface Life {
  readonly fromMs: number;
  toMs: number;
  end: 'lives' | 'killed' | 'said goodbye';
}

/** An agent with its own process, event loop and clock; what is true of it is kept for the verdict. */
export class SimulatedAgent {
  readonly id: string;
  readonly lives: Life[] = [];
  /** When it beat, in true time. */
  readonly beats: number[] = [];
  state = 'idle';
  temporality: 'cumulative' | 'delta';
  intervalMs: number;
  /** When its clock was set back, in true time. */
  readonly setBacks: number[] = [];
  /** Steps of its work; it reports them once there are any. */
  progress = 0;
  /** When it promised to be silent, and until when, in true time. */
  readonly sleeps: { fromMs: number; untilMs: number }[] = [];
  /** It is in maintenance. */
  isInMaintenance = false;
  /** What else it exports, once. */
  extra: Observation[] = [];
  readonly #world: World;
  readonly #send: (made: Export) => void;
  readonly #promises: boolean;
  #clockAheadMs: number;
  #run = 0;
  #isAbandoned = false;
  #count = 0;
  #startWallMs = 0;
  #lastExportWallMs = 0;
  #stallsUntilMs = 0;

  constructor(world: World, id: string, send: (made: Export) => void, options: AgentOptions = {}) {
    this.#world = world;
    this.id = id;
    this.#send = send;
    this.intervalMs = options.intervalMs ?? 10_000;
    this.temporality = options.temporality ?? 'cumulative';
    this.#clockAheadMs = options.clockAheadMs ?? 0;
    this.#promises = options.promises ?? false;
  }

  get isAlive(): boolean {
    return this.lives.at(-1)?.end === 'lives';
  }

  /** While paused or in maintenance its lease rests. */
  get rests(): boolean {
    return this.state === 'paused' || this.isInMaintenance;
  }

  /** A process begins: its counters are at zero, and it beats at once. */
  start(): this {
    const run = ++this.#run;
    this.lives.push({ fromMs: this.#world.nowMs, toMs: Number.POSITIVE_INFINITY, end: 'lives' });
    this.#count = 0;
    this.#startWallMs = this.#wallMs;
    this.#lastExportWallMs = this.#wallMs;
    this.#loop(run);
    return this;
  }

  /** The process ends without a word. */
  kill(): void {
    this.#end('killed');
  }

  /** It will not come back as it was to. */
  abandon(): void {
    this.#run++;
    this.#isAbandoned = true;
  }

  goodbye(): void {
    this.state = 'stopped';
    this.#export(false);
    this.#end('said goodbye');
  }

  /** Another process takes its place after a while. */
  restart(downMs = 0): void {
    this.kill();
    this.#world.after(downMs, () => {
      if (!this.#isAbandoned) this.start();
    });
  }

  /** Somebody sets its clock. */
  setClock(byMs: number): void {
    this.#clockAheadMs += byMs;
    if (byMs < 0) this.setBacks.push(this.#world.nowMs);
  }

  /** Its event loop stands still. */
  stall(durationMs: number): void {
    this.#stallsUntilMs = this.#world.nowMs + durationMs;
  }

  /** It says something once more, with the state it is in. */
  say(...fields: Fields[]): void {
    this.extra.push(
      ...fields.map((said) => observation(this.id, { timeMs: epochMs + this.#wallMs, ...said })),
    );
    this.#export(false);
  }

  /** It says that it will be silent for a while, and is, but for the last ten seconds. */
  sleep(durationMs: number): void {
    this.sleeps.push({ fromMs: this.#world.nowMs, untilMs: this.#world.nowMs + durationMs });
    this.say({ signal: 'leaseExpiry', value: (epochMs + this.#wallMs + durationMs) / 1000 });
    this.stall(durationMs - 10_000);
  }

  /** What its clock shows, less the epoch. */
  get #wallMs(): number {
    return this.#world.nowMs + this.#clockAheadMs;
  }

  #end(end: Life['end']): void {
    const life = this.lives.at(-1)!;
    life.toMs = this.#world.nowMs;
    life.end = end;
    this.#run++;
  }

  #loop(run: number): void {
    if (run !== this.#run) return;
    if (this.#stallsUntilMs > this.#world.nowMs) {
      this.#world.at(this.#stallsUntilMs, () => this.#loop(run));
      return;
    }
    this.#count++;
    this.beats.push(this.#world.nowMs);
    this.#export(true);
    this.#world.after(this.intervalMs, () => this.#loop(run));
  }

  #export(beats: boolean): void {
    const timeMs = epochMs + this.#wallMs;
    const startTimeMs = epochMs + this.#startWallMs;
    const made: Fields[] = [{ signal: 'reportedStatus', temporality: gauge, state: this.state, value: 1 }];
    if (this.#promises) made.push({ signal: 'heartbeatInterval', value: this.intervalMs / 1000 });
    if (this.temporality === 'cumulative') {
      made.push({ signal: 'heartbeats', temporality: cumulative, value: this.#count, startTimeMs });
    } else {
      const sinceMs = epochMs + this.#lastExportWallMs;
      made.push({ signal: 'heartbeats', temporality: delta, value: beats ? 1 : 0, startTimeMs: sinceMs });
    }
    if (this.progress > 0) {
      made.push({ signal: 'progress', temporality: cumulative, value: this.progress, startTimeMs });
    }
    this.#lastExportWallMs = this.#wallMs;
    const observations = [
      ...made.map((fields) => observation(this.id, { timeMs, ...fields })),
      ...this.extra.splice(0),
    ];
    this.#send({ agent: this.id, observations, madeMs: this.#world.nowMs, beats });
  }
}
