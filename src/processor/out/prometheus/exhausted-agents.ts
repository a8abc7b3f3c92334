import { attributes } from '@agent-vitals/contract';
import type { ExhaustionView } from '../../../core/index.ts';
import { label } from './text-format.ts';

/** How many agents are exhausted on one scope for one reason. */
export interface ExhaustedCount {
  /** Scope and reason, as labels. */
  readonly labels: string;
  readonly agents: number;
}

/** Agents name their scopes: beyond this many, further ones are counted together. */
const maxScopes = 1000;

/**
 * Writes the scope and reason of an exhaustion as labels.
 *
 * @param exhaustion - What is known of it.
 * @returns Both labels, empty where not known.
 * @example
 * ```ts
 * exhaustionLabels(view.exhaustion); // 'vitals_exhausted_scope="acct-1",vitals_exhausted_reason="billing"'
 * ```
 */
export function exhaustionLabels(exhaustion: ExhaustionView): string {
  const scope = label(attributes.exhaustedScope, exhaustion.scope ?? '');
  return `${scope},${label(attributes.exhaustedReason, exhaustion.reason ?? '')}`;
}

/** OpenTelemetry's own mark for what no longer got a series of its own. */
const overflow = 'otel_metric_overflow="true"';

/** Counts exhausted agents by scope and reason: at most 1,000 pairs of them, and one for the rest. */
export class ExhaustedTally {
  readonly #agentsByLabels = new Map<string, number>();

  add(exhaustion: ExhaustionView): void {
    let labels = exhaustionLabels(exhaustion);
    if (!this.#agentsByLabels.has(labels) && this.#agentsByLabels.size >= maxScopes) labels = overflow;
    this.#agentsByLabels.set(labels, (this.#agentsByLabels.get(labels) ?? 0) + 1);
  }

  get counts(): readonly ExhaustedCount[] {
    return [...this.#agentsByLabels].map(([labels, agents]) => ({ labels, agents }));
  }
}
