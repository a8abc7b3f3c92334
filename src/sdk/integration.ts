import type { Clock } from './clock.ts';
import type { AgentRecorder } from './emission.ts';
import { BoundedNames, boundedErrorTypes, errorTypeOf } from './error-type.ts';
import { measure, type Outcome } from './measure.ts';

/** Distinct integrations an agent may call; the rest is `other`. */
export const integrationNameLimit = 64;

/** Something outside that an agent calls. */
export interface Integration {
  readonly name: string;
  /**
   * Makes one request and records its duration and failure as `vitals.integration.request.duration`.
   *
   * @param fn - The request; sync or async.
   * @returns What `fn` gives back.
   * @throws What `fn` throws.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'reader', heartbeat: 'manual' });
   * const search = agent.integration('search');
   * const hits = await search.call(async () => ['one', 'two']);
   * console.log(hits.length);
   * agent.stop();
   * ```
   */
  call<Result>(fn: () => Result): Outcome<Result>;
}

/** The integrations of one agent. */
export class Integrations {
  readonly #clock: Clock;
  readonly #record: AgentRecorder['integration'];
  readonly #names = new BoundedNames(integrationNameLimit, 'other');
  readonly #errorTypes = boundedErrorTypes();
  readonly #known = new Map<string, Integration>();

  constructor(clock: Clock, record: AgentRecorder['integration']) {
    this.#clock = clock;
    this.#record = record;
  }

  get(givenName: string): Integration {
    const name = this.#names.take(givenName);
    let integration = this.#known.get(name);
    if (integration === undefined) {
      integration = { name, call: (fn) => this.#call(name, fn) };
      this.#known.set(name, integration);
    }
    return integration;
  }

  #call<Result>(name: string, fn: () => Result): Outcome<Result> {
    const startedMs = this.#clock.monotonic();
    return measure(fn, {
      succeeded: () => this.#end(name, startedMs, undefined),
      failed: (error) => this.#end(name, startedMs, this.#errorTypes.take(errorTypeOf(error))),
    });
  }

  #end(name: string, startedMs: number, errorType: string | undefined): void {
    this.#record(name, (this.#clock.monotonic() - startedMs) / 1_000, errorType);
  }
}
