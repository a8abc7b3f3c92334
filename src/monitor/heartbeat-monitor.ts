import {
  defaultHeartbeatSettings,
  type HeartbeatEntry,
  HeartbeatRegister,
} from '../core/heartbeat-register.ts';
import { type Clock, systemClock } from './clock.ts';
import { timerIntervalMs } from './interval.ts';
import { sayOnce, type WarningLog } from './warning-log.ts';

/** How a monitor judges, and whom it tells. */
export interface HeartbeatMonitorOptions {
  /** A silence longer than this is beyond the timeout, ms. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** How often all entries are looked at, ms. Default: 5,000. */
  readonly checkIntervalMs?: number | undefined;
  /** That many checks beyond the timeout, and an entry is dropped. Default: 3. */
  readonly maxMissedBeats?: number | undefined;
  /** Called once a silence, at its first missed beat: `missedBeats` is 1. */
  readonly onWarning?: ((id: string, missedBeats: number) => unknown) | undefined;
  /** Called once for an entry that has missed too many; it is dropped already. */
  readonly onTimeout?: ((id: string, type: string) => unknown) | undefined;
  /** Told of the first error of each handler. Default: Node's own process warnings. */
  readonly log?: WarningLog | undefined;
  /** Tests bring their own. */
  readonly clock?: Clock | undefined;
}

/** One registered id as the monitor sees it. */
export interface HeartbeatStatus {
  /** The registered id. */
  readonly session_id: string;
  readonly agent_type: string;
  /** RFC 3339 in UTC: when it was registered, resumed or heard last. */
  readonly last_beat: string;
  /** To the millisecond. */
  readonly seconds_since_beat: number;
  /** Checks that found it beyond the timeout, in this silence. */
  readonly missed_beats: number;
  readonly is_paused: boolean;
  /** No beat is missed. */
  readonly is_healthy: boolean;
}

/**
 * Watches the heartbeats of what runs in this process, without a server: each check counts a missed beat for every id
 * that has been silent for longer than the timeout. By default an id is warned of after 30 to 35 s of silence and
 * dropped as timed out after 40 to 45 s. A pause of the process itself costs one missed beat, not all, and a jump of
 * the wall clock none. The timer never keeps the process open.
 *
 * @example
 * ```ts
 * import { HeartbeatMonitor } from 'agent-vitals/monitor';
 *
 * using monitor = new HeartbeatMonitor({
 *   onWarning: (id) => console.warn(`${id} is silent`),
 *   onTimeout: (id, type) => console.error(`${id}, a ${type}, is gone`),
 * });
 * monitor.start();
 * monitor.register('writer', 'author');
 * monitor.beat('writer');
 * console.log(monitor.status('writer')?.is_healthy); // true
 * ```
 */
export class HeartbeatMonitor implements Disposable, AsyncDisposable {
  readonly #register: HeartbeatRegister;
  readonly #options: HeartbeatMonitorOptions;
  readonly #checkIntervalMs: number;
  readonly #clock: Clock;
  readonly #say: (kind: string, error?: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #isChecking = false;
  #handlerErrors = 0;
  /** What turns the clock that judges into the one that dates. */
  #epochOffsetMs = Number.NaN;

  /**
   * @param options - Intervals, handlers, log.
   * @throws RangeError for an interval or a count that cannot be.
   */
  constructor(options: HeartbeatMonitorOptions = {}) {
    const {
      timeoutMs = defaultHeartbeatSettings.timeoutMs,
      maxMissedBeats = defaultHeartbeatSettings.maxMissedBeats,
      checkIntervalMs = 5_000,
    } = options;
    if (!(timeoutMs > 0)) {
      throw new RangeError(`Cannot monitor as timeoutMs must be above 0: current value is ${timeoutMs}`);
    }
    if (!(Number.isInteger(maxMissedBeats) && maxMissedBeats > 0)) {
      throw new RangeError(
        `Cannot monitor as maxMissedBeats must be a whole number above 0: current value is ${maxMissedBeats}`,
      );
    }
    this.#checkIntervalMs = timerIntervalMs('monitor', 'checkIntervalMs', checkIntervalMs);
    this.#register = new HeartbeatRegister({ timeoutMs, maxMissedBeats });
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#say = sayOnce(options.log);
  }

  /** Begins to check, at the interval from now on. Nothing when it runs already. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.check(), this.#checkIntervalMs);
    this.#timer.unref();
  }

  /** Ends the checks; what is registered stays, and {@link start} goes on with it. Nothing when it doesn't run. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Looks at every id once, as the timer does: for those who bring a timer of their own. Handlers may call anything
   * here; a check within a check is nothing. Never throws.
   */
  check(): void {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      for (const event of this.#register.check(this.#clock.monotonic())) {
        if (event.kind === 'warning') {
          this.#call('onWarning', () => this.#options.onWarning?.(event.id, event.missedBeats));
        } else {
          this.#call('onTimeout', () => this.#options.onTimeout?.(event.id, event.type));
        }
      }
    } finally {
      this.#isChecking = false;
    }
  }

  /**
   * Watches an id from now on, as if it had just beaten. One that is registered already is replaced: its type, its
   * missed beats and its pause are gone.
   *
   * @param id - Unique in this monitor.
   * @param type - Handed to `onTimeout`.
   */
  register(id: string, type: string): void {
    this.#register.register(id, type, this.#clock.monotonic());
  }

  /**
   * Watches an id no more; no handler is called.
   *
   * @returns Whether it was registered.
   */
  unregister(id: string): boolean {
    return this.#register.unregister(id);
  }

  /**
   * A sign of life. It doesn't end a pause.
   *
   * @returns Whether the id is registered: one that has timed out must register again.
   */
  beat(id: string): boolean {
    return this.#register.beat(id, this.#clock.monotonic());
  }

  /**
   * Counts no missed beats until {@link resume}.
   *
   * @returns Whether the id is registered.
   */
  pause(id: string): boolean {
    return this.#register.pause(id);
  }

  /**
   * Ends a pause; the timeout is counted from now.
   *
   * @returns Whether the id is registered.
   */
  resume(id: string): boolean {
    return this.#register.resume(id, this.#clock.monotonic());
  }

  /** How an id stands; null where it isn't registered, or no longer. */
  status(id: string): HeartbeatStatus | null {
    const entry = this.#register.find(id);
    return entry === undefined ? null : this.#status(entry);
  }

  /** How all stand, in the order of their registration. */
  statuses(): HeartbeatStatus[] {
    return this.#register.entries().map((entry) => this.#status(entry));
  }

  /** Ids that are watched, paused ones among them. */
  get registeredCount(): number {
    return this.#register.size;
  }

  /** Ids of which no beat is missed, paused ones among them. */
  get healthyCount(): number {
    return this.#register.healthyCount;
  }

  /** Errors that handlers threw, or rejected with. */
  get handlerErrors(): number {
    return this.#handlerErrors;
  }

  /** {@link stop}, at the end of `using`. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /** {@link stop}, at the end of `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }

  #call(handler: string, call: () => unknown): void {
    const failed = (error: unknown) => {
      this.#handlerErrors++;
      this.#say(`${handler} failed`, error);
    };
    try {
      const result = call();
      if (result !== undefined) Promise.resolve(result).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #status({ id, type, lastBeatMs, missedBeats, isPaused }: HeartbeatEntry): HeartbeatStatus {
    const now = this.#clock.monotonic();
    const offsetMs = this.#clock.now() - now;
    // Both clocks tick apart by fractions of a millisecond, which must not make the same beat look like another; a
    // jump or a suspended machine is more.
    if (!(Math.abs(offsetMs - this.#epochOffsetMs) < 1_000)) this.#epochOffsetMs = offsetMs;
    return {
      session_id: id,
      agent_type: type,
      last_beat: new Date(lastBeatMs + this.#epochOffsetMs).toISOString(),
      seconds_since_beat: Math.round(now - lastBeatMs) / 1_000,
      missed_beats: missedBeats,
      is_paused: isPaused,
      is_healthy: missedBeats === 0,
    };
  }
}
