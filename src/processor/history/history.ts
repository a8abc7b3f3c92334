import type { Fleet, Health, SessionCounts, SessionVerdict, Transition } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import { resolutionMs, type StoreService } from '../store/index.ts';
import { HistoryRecorder } from './history-recorder.ts';
import { RoundSamples } from './round-samples.ts';

/** At the stop: agents sampled in one go, and how long all of it may take. */
const slotsPerTurn = 2_048;
const finishWithinMs = 1_000;
const hourMs = resolutionMs.hour;
/** Whatever there is was told of in so long: a round takes a minute. */
const toldWithinMs = 5 * 60_000;

export interface HistoryOptions {
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly store: Pick<StoreService, 'addRollups' | 'eachTold'>;
  readonly verdictOf: (session: SessionCounts) => SessionVerdict;
  /** `history.detailed_agents`. */
  readonly detailedAgents: number;
  /** `exposition.detailed_sessions`: sessions beyond it have no history. */
  readonly maxSessions: number;
  /** Until when the process before observed a fleet that was restored; undefined where there was none. */
  readonly observedUntilMs: number | undefined;
  readonly onFailure: (where: string, error: unknown) => void;
}

/** Keeps the history: what the round of samples finds goes to the store by minute and by hour. */
export class History {
  readonly #options: HistoryOptions;
  readonly #recorder: HistoryRecorder;
  readonly #samples: RoundSamples;

  constructor(options: HistoryOptions) {
    const { fleet, clock, store, detailedAgents } = options;
    this.#options = options;
    this.#samples = new RoundSamples(options);
    this.#recorder = new HistoryRecorder({
      fleet,
      clock,
      detailedAgents,
      // Never rejects: what the store can't take is dropped and counted there.
      write: (rollups) => void store.addRollups(rollups),
      hasHistory: this.#samples.hasHistory,
    });
    if (options.observedUntilMs === undefined) return;
    this.#recorder.begin(options.observedUntilMs);
    this.#samples.begin(options.observedUntilMs);
  }

  /**
   * Goes on from what the process before had told of; where that can't be read, from what the fleet was restored with.
   * Before the first sample. Never rejects.
   */
  async resume(): Promise<void> {
    const { clock, observedUntilMs, onFailure, store } = this.#options;
    if (observedUntilMs === undefined) return;
    const fromEpochMs = Math.floor((clock.toEpochMs(observedUntilMs) - toldWithinMs) / hourMs) * hourMs;
    try {
      await store.eachTold(fromEpochMs, (told) => {
        if (told.kind === 'agent') this.#recorder.resume(told);
        else this.#samples.resume(told);
      });
    } catch (error) {
      onFailure('history', error);
    }
  }

  onTransitions(transitions: readonly Transition[]): void {
    this.#recorder.onTransitions(transitions);
  }

  /** The processor stood still for so long. */
  onPause(pauseMs: number): void {
    this.#recorder.onPause(pauseMs);
  }

  /** An agent is sampled. */
  onSample(slot: number, health: Health | null): void {
    this.#recorder.sample(slot, health);
  }

  /** Every agent was sampled once. Never rejects. */
  async onRound(): Promise<void> {
    try {
      const nowMs = this.#options.clock.now();
      await this.#recorder.endRound(() => this.#samples.take(nowMs));
    } catch (error) {
      this.#options.onFailure('history', error);
    }
  }

  /** Before the stop: what happened since the last round is kept, as far as there is time. */
  async finish(): Promise<void> {
    const { fleet, clock } = this.#options;
    const untilMs = clock.now() + finishWithinMs;
    for (let slot = 0; slot < fleet.slotLimit && clock.now() < untilMs; slot += slotsPerTurn) {
      fleet.sampleHealth(slot, slotsPerTurn, clock.now(), (at, health) => this.onSample(at, health));
    }
    await this.onRound();
  }
}
