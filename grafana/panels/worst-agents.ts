import { statusPrecedence } from '@agent-vitals/contract';
import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { cell, toAgent } from '../parts/links.ts';
import { label, metric } from '../parts/names.ts';
import { stateTimeline, table } from '../parts/panels.ts';
import { type Matchers, numbered, selector } from '../parts/promql.ts';
import { overTime, rows } from '../parts/queries.ts';
import { asColumns } from '../parts/tables.ts';
import { statusValues } from '../parts/values.ts';

const identity = [label.agentId, label.sessionId, label.agentType];

/** Those that the variable `worst` names; the dashboard must have it. */
const those: Matchers = { [label.agentId]: '=~"$worst"' };
const each = (name: string) => `max by (${identity.join(', ')}) (${selector(name, those)})`;

/** The agents with the lowest scores, with what is known of each. */
export function worstAgents(options: { readonly description: string; readonly width: number }): TableBuilder {
  const panel = table({
    title: 'Worst agents',
    description: options.description,
    queries: [
      rows(each(metric.healthScore)),
      rows(numbered(metric.status, those, label.agentState, statusPrecedence, identity)),
      rows(`time() - ${each(metric.heartbeatLastTimestamp)}`),
      rows(each(metric.operationErrorRatio)),
    ],
    unit: 'short',
    thresholds: 'none',
    width: options.width,
    noValue: 'Nobody to judge',
  });
  return asColumns(
    panel,
    [
      { of: label.agentId, title: 'Agent', links: [toAgent(cell('Agent'))] },
      { of: label.sessionId, title: 'Session' },
      { of: label.agentType, title: 'Type' },
      { of: 'B', title: 'Status', unit: 'short', mappings: statusValues },
      { of: 'A', title: 'Score', unit: 'percentunit', thresholds: 'score' },
      { of: 'C', title: 'Silent for', unit: 's', thresholds: 'silence' },
      { of: 'D', title: 'Failed', unit: 'percentunit', thresholds: 'errors' },
    ],
    { by: 'Score', greatestFirst: false },
  );
}

/** What the agents with the lowest scores went through. */
export const worstAgentsTimeline = (description: string) =>
  stateTimeline({
    title: 'Status of the worst agents',
    description,
    queries: [
      overTime(
        numbered(metric.status, those, label.agentState, statusPrecedence, [label.agentId]),
        `{{${label.agentId}}}`,
      ),
    ],
    unit: 'short',
    mappings: statusValues,
    thresholds: 'none',
    width: 24,
    height: 12,
    noValue: 'Nobody to judge',
  });
