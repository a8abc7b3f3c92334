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

/** Those of some agents that have the lowest scores; equal ones by chance. */
function worst(count: number, matchers: Matchers, at = ''): string {
  return `bottomk(${count}, max by (${label.agentId}) (${selector(metric.healthScore, matchers)}${at}))`;
}

/** The agents with the lowest scores, with what is known of each. */
export function worstAgents(options: {
  readonly matchers: Matchers;
  readonly description: string;
  readonly width: number;
}): TableBuilder {
  const those = worst(20, options.matchers);
  const ofThose = (expr: string) => `${expr}\n  and on (${label.agentId}) ${those}`;
  const panel = table({
    title: 'Worst agents',
    description: options.description,
    queries: [
      rows(ofThose(`max by (${identity.join(', ')}) (${selector(metric.healthScore, options.matchers)})`)),
      rows(ofThose(numbered(metric.status, options.matchers, label.agentState, statusPrecedence, identity))),
      rows(
        ofThose(
          `time() - max by (${identity.join(', ')}) (${selector(metric.heartbeatLastTimestamp, options.matchers)})`,
        ),
      ),
      rows(
        ofThose(
          `max by (${identity.join(', ')}) (${selector(metric.operationErrorRatio, options.matchers)})`,
        ),
      ),
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

/** The statuses of the agents that have the lowest scores at the end of the time shown. */
export const worstAgentsTimeline = (matchers: Matchers, description: string) =>
  stateTimeline({
    title: 'Status of the worst agents',
    description,
    queries: [
      overTime(
        `${numbered(metric.status, matchers, label.agentState, statusPrecedence, [label.agentId])}\n  and on (${label.agentId}) ${worst(20, matchers, ' @ end()')}`,
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
