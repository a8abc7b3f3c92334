import type { Fleet, Observation, ObservationSink, Transition } from '../core/index.ts';
import type { Clock } from './clock.ts';

/** Deadlines are looked at this often: it costs next to nothing (bench/fleet.ts). */
const lookEveryMs = 20;
/** A look that comes later than this was not late by load: the processor stood still and heard nothing. */
const ownStallMs = 5_000;
/** After a shorter absence nothing is shifted, but what waits in the receivers is taken before anything becomes due. */
const lateLookMs = 1_000;
/** Agents looked at in one go, so that a storm of deaths never holds up the event loop. */
const agentsPerLook = 2_000;
/** After a pause: quiet turns of the event loop that show the receivers empty, and how long that may take. */
const quietTurns = 3;
const longestDrainMs = 2_000;

/** What the loop needs and tells. */
export interface FleetLoopOptions {
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** Every change, in order. */
  readonly onTransitions: (transitions: readonly Transition[]) => void;
  readonly onFailure: (where: string, error: unknown) => void;
  /** Called after each look with its duration in milliseconds. */
  readonly onLook?: (durationMs: number) => void;
  /** The processor stood still for so long. */
  readonly onPause?: (pauseMs: number) => void;
  /** Requests whose bodies are under way. */
  readonly requestsUnderWay?: () => number;
}

/**
 * Lets time pass for a fleet and hands it what is observed. Its one subtlety: when the process itself stood still
 * (stopped, starved, suspended), what waits in the receivers is taken first and deadlines are shifted by the pause,
 * because agents are never blamed for the processor's own absence.
 */
export class FleetLoop implements ObservationSink {
  readonly #options: FleetLoopOptions;
  #timer: NodeJS.Timeout | undefined;
  #lastLookMs = Number.NaN;
  #isDraining = false;
  #observations = 0;

  constructor(options: FleetLoopOptions) {
    this.#options = options;
  }

  /** Begins to look; until then time stands still for the fleet. */
  start(): void {
    this.#lastLookMs = this.#options.clock.now();
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  observe(observation: Observation): void {
    const nowMs = this.#options.clock.now();
    this.#observations++;
    // After a pause, requests may come before the timer does.
    if (nowMs - this.#lastLookMs > lateLookMs) this.#noticePause();
    try {
      this.#tell(this.#options.fleet.apply(observation, nowMs));
    } catch (error) {
      this.#options.onFailure('observation', error);
    }
  }

  /** A request has come by this pipeline, and what it said was observed. */
  heard(pipeline: string): void {
    this.#options.fleet.heard(pipeline, this.#options.clock.now());
  }

  #look(): void {
    if (this.#isDraining) return;
    const { clock, fleet } = this.#options;
    const nowMs = clock.now();
    if (nowMs - this.#lastLookMs > lateLookMs) {
      this.#noticePause();
      return;
    }
    this.#lastLookMs = nowMs;
    try {
      this.#tell(fleet.tick(nowMs, agentsPerLook));
    } catch (error) {
      this.#options.onFailure('deadlines', error);
    }
    this.#options.onLook?.(clock.now() - nowMs);
  }

  #noticePause(): void {
    if (this.#isDraining || this.#timer === undefined) return;
    this.#isDraining = true;
    this.#options.fleet.suspend(this.#lastLookMs);
    const noticedAtMs = this.#options.clock.now();
    this.#drain(noticedAtMs, this.#observations, quietTurns);
  }

  /** Each turn of the event loop empties what the sockets hold; some without anything new, and all is taken. */
  #drain(noticedAtMs: number, observationsBefore: number, turnsLeft: number): void {
    setImmediate(() => {
      const isBusy =
        this.#observations !== observationsBefore || (this.#options.requestsUnderWay?.() ?? 0) > 0;
      const left = isBusy ? quietTurns : turnsLeft - 1;
      if (left > 0 && this.#options.clock.now() - noticedAtMs < longestDrainMs) {
        this.#drain(noticedAtMs, this.#observations, left);
      } else {
        this.#resume();
      }
    });
  }

  #resume(): void {
    const nowMs = this.#options.clock.now();
    const awayMs = nowMs - this.#lastLookMs;
    const pauseMs = awayMs > ownStallMs ? awayMs : 0;
    this.#isDraining = false;
    this.#lastLookMs = nowMs;
    try {
      this.#options.fleet.resume(pauseMs, nowMs);
    } catch (error) {
      this.#options.onFailure('resuming', error);
    }
    if (pauseMs > 0) this.#options.onPause?.(pauseMs);
  }

  #tell(transitions: readonly Transition[]): void {
    if (transitions.length > 0) this.#options.onTransitions(transitions);
  }
}
