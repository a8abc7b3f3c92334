import {
  type AgentStatus,
  attributes,
  type Condition,
  conditions,
  statusPrecedence,
} from '@agent-vitals/contract';
import type { AgentView, Availability } from '../../../core/index.ts';
import type { AvailabilityCounters } from './availability-counters.ts';
import type { ExposedFleet } from './exposed-fleet.ts';
import { infoLabels } from './info-labels.ts';
import { label } from './text-format.ts';

/**
 * All that an exposition says of one agent, taken at one moment: families are written one after the other and the
 * fleet goes on in between, so each must read what was counted and not what has become of the slot.
 */
export interface AgentSample {
  /** The identity, as labels. */
  readonly labels: string;
  /** With its health, which is judged once. */
  readonly view: AgentView;
  /** Conditions that ever held. */
  readonly conditions: readonly Condition[];
  /** How often it came into each status, those alone in which it was. */
  readonly transitions: readonly (readonly [AgentStatus, number])[];
  readonly availability: Availability;
  /** Its way in, as label. */
  readonly pipelineLabel: string;
  /** What it says of itself, as labels; null where it said nothing. */
  readonly infoLabels: string | null;
}

/**
 * Takes a sample of an agent.
 *
 * @param fleet - The fleet.
 * @param slot - A known agent's slot.
 * @param nowMs - Now, on the fleet's time line.
 * @param availabilityCounters - What was told of its availability before.
 * @returns The sample; it doesn't change any more.
 * @example
 * ```ts
 * const sample = sampleAgent(fleet, fleet.find('scraper-2'), clock.now(), new AvailabilityCounters());
 * ```
 */
export function sampleAgent(
  fleet: ExposedFleet,
  slot: number,
  nowMs: number,
  availabilityCounters: AvailabilityCounters,
): AgentSample {
  const view = fleet.view(slot, nowMs);
  const transitions: (readonly [AgentStatus, number])[] = [];
  for (const status of statusPrecedence) {
    const count = fleet.transitionsTo(slot, status);
    if (count > 0) transitions.push([status, count]);
  }
  return {
    labels: [
      label(attributes.agentId, view.id),
      label(attributes.sessionId, view.session ?? ''),
      label(attributes.agentType, view.type ?? ''),
    ].join(','),
    view,
    conditions: conditions.filter((condition) => fleet.everHad(slot, condition)),
    transitions,
    pipelineLabel: label(attributes.pipelineName, fleet.pipelineOf(slot)),
    infoLabels: view.info === null ? null : infoLabels(view.info),
    availability: availabilityCounters.risen(view.id, view.createdAtMs, fleet.availabilityOf(slot, nowMs)),
  };
}
