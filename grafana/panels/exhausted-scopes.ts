import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { label, metric } from '../parts/names.ts';
import { table } from '../parts/panels.ts';
import { rows } from '../parts/queries.ts';
import { asColumns } from '../parts/tables.ts';
import { recorded } from '../recording-rules.ts';

const by = `by (${label.exhaustedScope}, ${label.exhaustedReason})`;

/** What is out of quota, how many agents it holds up, and when the first and the last of them are back. */
export const exhaustedScopes = (width: number): TableBuilder =>
  asColumns(
    table({
      title: 'Back when',
      description:
        'Accounts and providers that are out of quota or credit, how many agents wait for each, and in how long the first and the last are back.',
      queries: [
        rows(`sum ${by} (${metric.exhaustedAgents}) > 0`),
        rows(`min ${by} (${recorded.firstRecovery}) - time() > 0`),
        rows(`max ${by} (${recorded.lastRecovery}) - time() > 0`),
      ],
      unit: 'short',
      thresholds: 'none',
      width,
      noValue: 'Nobody is exhausted, or rules are missing: load rules/agent-vitals.rules.yml',
    }),
    [
      { of: label.exhaustedScope, title: 'Scope' },
      { of: label.exhaustedReason, title: 'Reason' },
      { of: 'A', title: 'Agents', unit: 'short', thresholds: 'anyIsNoted' },
      { of: 'B', title: 'First back in', unit: 'dtdurations' },
      { of: 'C', title: 'Last back in', unit: 'dtdurations' },
    ],
    { by: 'Agents', greatestFirst: true },
  );
