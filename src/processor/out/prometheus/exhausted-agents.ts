import { attributes } from '@agent-vitals/contract';
import type { ExhaustionView, FleetView } from '../../../core/index.ts';
import { lookCost, type Pace } from './pace.ts';
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

/**
 * Counts exhausted agents by scope and reason; the condition counts, so an exhausted agent that went offline too.
 *
 * @param fleet - The fleet.
 * @param pace - Gives way between slices.
 * @returns The counts; at most 1,000 pairs of scope and reason, and one for the rest.
 * @example
 * ```ts
 * const exhausted = await countExhausted(fleet, new Pace(signal));
 * ```
 */
export async function countExhausted(fleet: FleetView, pace: Pace): Promise<readonly ExhaustedCount[]> {
  const agentsByLabels = new Map<string, number>();
  for (let slot = 0; slot < fleet.slotLimit; slot += 1) {
    if (pace.spend(lookCost)) await pace.giveWay();
    if (!fleet.isKnown(slot) || !fleet.has(slot, 'exhausted')) continue;
    const exhaustion = fleet.exhaustionOf(slot);
    if (exhaustion === null) continue;
    let labels = exhaustionLabels(exhaustion);
    if (!agentsByLabels.has(labels) && agentsByLabels.size >= maxScopes) labels = overflow;
    agentsByLabels.set(labels, (agentsByLabels.get(labels) ?? 0) + 1);
  }
  return [...agentsByLabels].map(([labels, agents]) => ({ labels, agents }));
}
