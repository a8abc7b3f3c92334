import { timerIntervalMs } from './interval.ts';
import { sayOnce, type WarningLog } from './warning-log.ts';

/** What a client beats for: a `HeartbeatMonitor`, or something that hands the calls on to one, in another thread, say. */
export interface HeartbeatTarget {
  /** Whether the id is registered there. */
  beat(id: string): boolean | Promise<boolean>;
  pause(id: string): boolean | Promise<boolean>;
  resume(id: string): boolean | Promise<boolean>;
}

/** How often a client beats, and whom it tells of errors. */
export interface HeartbeatClientOptions {
  /** Milliseconds between beats; well below the monitor's timeout. Default: 10,000. */
  readonly intervalMs?: number | undefined;
  /** Told of the first error and of the first beat that was refused. Default: Node's own process warnings. */
  readonly log?: WarningLog | undefined;
}

/**
 * Sends the heartbeats of one id to a monitor by a timer, which never keeps the process open. It goes on after errors
 * and refusals: they are counted, and said once.
 *
 * @example
 * ```ts
 * import { HeartbeatClient, HeartbeatMonitor } from 'agent-vitals/monitor';
 *
 * using monitor = new HeartbeatMonitor();
 * monitor.start();
 * monitor.register('writer', 'author');
 *
 * using client = new HeartbeatClient(monitor, 'writer', { intervalMs: 5_000 });
 * client.start();
 * console.log(monitor.status('writer')?.missed_beats); // 0
 * ```
 */
export class HeartbeatClient implements Disposable, AsyncDisposable {
  readonly id: string;
  readonly #target: HeartbeatTarget;
  readonly #intervalMs: number;
  readonly #say: (kind: string, error?: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #isPaused = false;
  #errors = 0;
  #refused = 0;

  /**
   * @param target - Where the id is registered: the client doesn't do that.
   * @param id - The id to beat for.
   * @throws RangeError for an interval that cannot be.
   */
  constructor(target: HeartbeatTarget, id: string, options: HeartbeatClientOptions = {}) {
    this.id = id;
    this.#target = target;
    this.#intervalMs = timerIntervalMs(`beat for "${id}"`, 'intervalMs', options.intervalMs ?? 10_000);
    this.#say = sayOnce(options.log);
  }

  /** Beats at once, then at the interval. Nothing when it runs already; while paused, beats wait for {@link resume}. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#beat(), this.#intervalMs);
    this.#timer.unref();
    this.#beat();
  }

  /** Beats no more. The monitor is not told: unregister the id there, else it times out. Nothing when stopped. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Beats no more until {@link resume}, and has the monitor pause the id, so that the silence is not missed. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#send('pause');
  }

  /** Ends a pause, in the monitor too: its timeout begins afresh, and beats go on at the interval. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#send('resume');
  }

  /** Whether its timer runs, paused or not. */
  get isRunning(): boolean {
    return this.#timer !== undefined;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Calls of the monitor that threw or rejected. */
  get errors(): number {
    return this.#errors;
  }

  /** Calls that the monitor did not apply, as it doesn't know the id: never registered, or timed out. */
  get refused(): number {
    return this.#refused;
  }

  /** {@link stop}, at the end of `using`. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /** {@link stop}, at the end of `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }

  #beat(): void {
    if (!this.#isPaused) this.#send('beat');
  }

  #send(call: 'beat' | 'pause' | 'resume'): void {
    const answered = (applied: boolean) => {
      if (applied) return;
      this.#refused++;
      this.#say(`Cannot ${call} "${this.id}" as it must be registered in the monitor`);
    };
    const failed = (error: unknown) => {
      this.#errors++;
      this.#say(`Cannot ${call} "${this.id}"`, error);
    };
    try {
      const answer = this.#target[call](this.id);
      if (typeof answer === 'boolean') answered(answer);
      else Promise.resolve(answer).then(answered).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
