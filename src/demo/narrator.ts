import type { AgentStatus } from '@agent-vitals/contract';

/** A change of status, as the processor's log tells it. */
export interface ToldTransition {
  readonly agent: string;
  /** Null at first sight. */
  readonly from: AgentStatus | null;
  readonly to: AgentStatus;
  readonly reason: string;
}

/** What the demo promises to show, in words, and when it has been seen. */
const promises: readonly { readonly shows: string; seenIn(transition: ToldTransition): boolean }[] = [
  { shows: 'killed → offline', seenIn: ({ to }) => to === 'offline' },
  { shows: 'rate limit → exhausted', seenIn: ({ to }) => to === 'exhausted' },
  { shows: 'exhausted → back', seenIn: ({ from }) => from === 'exhausted' },
  { shows: 'error', seenIn: ({ to }) => to === 'error' },
  { shows: 'stalled', seenIn: ({ to }) => to === 'stalled' },
  { shows: 'paused', seenIn: ({ to }) => to === 'paused' },
  { shows: 'on call', seenIn: ({ to }) => to === 'on_call' },
  { shows: 'waiting', seenIn: ({ to }) => to === 'waiting' },
];

const everyday: ReadonlySet<AgentStatus> = new Set(['idle', 'busy', 'waiting', 'on_call']);

/** Decides which transitions are worth a line, and knows what is still to come. */
export class Narrator {
  readonly #seen = new Set<string>();
  readonly #open = new Set(promises);

  /** The line for a transition, or undefined for the everyday to and fro that has been told once already. */
  tell(transition: ToldTransition): string | undefined {
    for (const promise of this.#open) if (promise.seenIn(transition)) this.#open.delete(promise);
    const { agent, from, to, reason } = transition;
    const change = `${agent.padEnd(16)}${(from ?? 'new').padEnd(9)} → ${to.padEnd(10)} ${reason}`;
    const known = this.#seen.has(change);
    this.#seen.add(change);
    return known && everyday.has(to) && (from === null || everyday.has(from)) ? undefined : change;
  }

  /** What hasn't been seen yet. */
  get outstanding(): readonly string[] {
    return [...this.#open].map(({ shows }) => shows);
  }
}
