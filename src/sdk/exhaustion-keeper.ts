import type { ExhaustedReason, RecoverySource } from '@agent-vitals/contract';
import type { Clock } from './clock.ts';
import type { ExhaustedReading } from './emission.ts';

/** A longer delay makes Node's timers fire at once. */
const timerLimitMs = 2 ** 31 - 1;

/** Why and until when an agent is out, and the timer that says when it is back. */
export class ExhaustionKeeper {
  reading: ExhaustedReading | undefined;
  readonly #clock: Clock;
  readonly #onRecovered: () => void;
  #recoveryAtMs = 0;
  #recoveryAtMonotonicMs = 0;
  #recoveredAtMs: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(clock: Clock, onRecovered: () => void) {
    this.#clock = clock;
    this.#onRecovered = onRecovered;
  }

  /**
   * Whether this recovery time has come already: then it is an old answer told again. Times are compared by the
   * second, the resolution of most providers.
   */
  isOver(recoveryAtMs: number): boolean {
    return this.#recoveredAtMs !== undefined && Math.abs(recoveryAtMs - this.#recoveredAtMs) < 1_000;
  }

  begin(
    reason: ExhaustedReason,
    scope: string | undefined,
    recoveryAtMs: number,
    source: RecoverySource,
  ): void {
    this.#recoveryAtMs = recoveryAtMs;
    this.#recoveryAtMonotonicMs = this.#clock.monotonic() + (recoveryAtMs - this.#clock.now());
    this.reading = { reason, scope, recoveryAtSeconds: recoveryAtMs / 1_000, source };
    this.#arm();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.reading = undefined;
  }

  /** Looks at the clocks: the wall clock knows of a suspended host, the monotonic one of a wall clock set back. */
  check(): void {
    if (this.reading === undefined) return;
    if (this.#waitMs() > 0) return;
    this.#recoveredAtMs = this.#recoveryAtMs;
    this.end();
    this.#onRecovered();
  }

  #waitMs(): number {
    const byWallMs = this.#recoveryAtMs - this.#clock.now();
    const byMonotonicMs = this.#recoveryAtMonotonicMs - this.#clock.monotonic();
    return Math.min(byWallMs, byMonotonicMs);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const delayMs = Math.min(Math.max(this.#waitMs(), 0), timerLimitMs);
    this.#timer = setTimeout(() => {
      this.check();
      if (this.reading !== undefined) this.#arm();
    }, delayMs);
    this.#timer.unref?.();
  }
}
