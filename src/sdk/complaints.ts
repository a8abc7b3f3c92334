import { diag } from '@opentelemetry/api';

/** Kinds that are told apart; beyond it a new kind is counted and no longer said. */
const kindLimit = 100;

/**
 * What to do about a mistake in the author's code: in strict mode it is thrown, else said once a kind through
 * OpenTelemetry's `diag` and counted, because a monitor must not break what it watches.
 */
export class Complaints {
  readonly strict: boolean;
  count = 0;
  readonly #agentId: string;
  readonly #said = new Set<string>();

  constructor(agentId: string, strict: boolean) {
    this.#agentId = agentId;
    this.strict = strict;
  }

  /**
   * @param kind - What is said once.
   * @param error - Makes the error to throw, or to say.
   */
  raise(kind: string, error: () => Error): void {
    this.count++;
    if (this.strict) throw error();
    this.#say(kind, () => error().message);
  }

  /** As {@link raise}, for what is nobody's mistake in this program: never thrown. */
  note(kind: string, message: string): void {
    this.count++;
    this.#say(kind, () => message);
  }

  #say(kind: string, message: () => string): void {
    if (this.#said.has(kind) || this.#said.size >= kindLimit) return;
    this.#said.add(kind);
    diag.warn(`@agent-vitals/sdk: agent "${this.#agentId}": ${message()} (said once)`);
  }
}
