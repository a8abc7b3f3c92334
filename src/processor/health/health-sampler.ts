import type { Fleet, Health } from '../../core/index.ts';
import type { Clock } from '../clock.ts';

/** A round of the whole fleet takes this long. */
const roundMs = 60_000;
/** The round goes on this often. */
const stepEveryMs = 100;
/** Agents, and integrations, looked at in one step at most; with more than a step's worth a round takes longer. */
const mostPerStep = 4096;

export interface HealthSamplerOptions {
  readonly fleet: Pick<Fleet, 'slotLimit' | 'sampleHealth' | 'sampleIntegrations' | 'integrationNames'>;
  readonly clock: Clock;
  /** Told of each agent's health as it is sampled; null while nothing can be said. For whoever keeps a history. */
  readonly each?: (slot: number, health: Health | null, nowMs: number) => void;
  /** A round is over. */
  readonly onRound?: (nowMs: number) => void;
  readonly onFailure: (where: string, error: unknown) => void;
}

/**
 * Goes round all agents and integrations once a minute and has their scores noted for the trends, evenly over the
 * minute, so that a large fleet is never looked at in one go.
 */
export class HealthSampler {
  readonly #options: HealthSamplerOptions;
  #timer: NodeJS.Timeout | undefined;
  #roundStartedAtMs = 0;
  #nextSlot = 0;
  #nextIntegration = 0;
  #scoreSum = 0;
  #scored = 0;
  /** Of the last whole round. */
  #fleetScore: number | null = null;

  constructor(options: HealthSamplerOptions) {
    this.#options = options;
  }

  /**
   * Mean of the agents' scores in the last whole round; where nobody had one in it, of those met so far in this one.
   * Null where nobody had one.
   */
  get fleetScore(): number | null {
    return this.#fleetScore ?? this.#mean;
  }

  /** Begins a round; a second call changes nothing. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#beginRound(this.#options.clock.now());
    this.#timer = setInterval(() => this.#tick(), stepEveryMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Goes on with the round, as far as it should be by now. */
  step(nowMs: number): void {
    const { fleet, each } = this.#options;
    const passed = Math.min(1, (nowMs - this.#roundStartedAtMs) / roundMs);
    const slots = Math.min(mostPerStep, Math.floor(fleet.slotLimit * passed) - this.#nextSlot);
    if (slots > 0) {
      const first = this.#nextSlot;
      // Whatever fails on the way, the round goes on behind it.
      this.#nextSlot += slots;
      fleet.sampleHealth(first, slots, nowMs, (slot, health) => {
        this.#note(health);
        each?.(slot, health, nowMs);
      });
    }
    const known = fleet.integrationNames().length;
    const integrations = Math.min(mostPerStep, Math.floor(known * passed) - this.#nextIntegration);
    if (integrations > 0) {
      const first = this.#nextIntegration;
      this.#nextIntegration += integrations;
      fleet.sampleIntegrations(nowMs, first, integrations);
    }
    if (passed === 1 && this.#nextSlot >= fleet.slotLimit && this.#nextIntegration >= known)
      this.#endRound(nowMs);
  }

  get #mean(): number | null {
    return this.#scored > 0 ? this.#scoreSum / this.#scored : null;
  }

  #tick(): void {
    try {
      this.step(this.#options.clock.now());
    } catch (error) {
      this.#options.onFailure('sampling of health', error);
    }
  }

  #note(health: Health | null): void {
    if (health === null) return;
    this.#scoreSum += health.score;
    this.#scored++;
  }

  #endRound(nowMs: number): void {
    this.#fleetScore = this.#mean;
    // The next one is due a minute after this one, whatever the steps are late by: no minute is left without a sample.
    const dueAtMs = this.#roundStartedAtMs + roundMs;
    this.#beginRound(nowMs - dueAtMs < roundMs ? dueAtMs : nowMs);
    this.#options.onRound?.(nowMs);
  }

  #beginRound(nowMs: number): void {
    this.#roundStartedAtMs = nowMs;
    this.#nextSlot = 0;
    this.#nextIntegration = 0;
    this.#scoreSum = 0;
    this.#scored = 0;
  }
}
