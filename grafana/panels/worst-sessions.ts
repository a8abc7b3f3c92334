import { sessionHealths } from '@agent-vitals/contract';
import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { cell, toSession } from '../parts/links.ts';
import { label, metric } from '../parts/names.ts';
import { table } from '../parts/panels.ts';
import { numbered } from '../parts/promql.ts';
import { rows } from '../parts/queries.ts';
import { asColumns } from '../parts/tables.ts';
import { sessionValues } from '../parts/values.ts';

const worst = `bottomk(10, max by (${label.sessionId}) (${metric.sessionHealthScore}))`;

/** The sessions with the lowest scores, with a way to each. */
export const worstSessions = (width: number): TableBuilder =>
  asColumns(
    table({
      title: 'Worst sessions',
      description:
        'The ten sessions with the lowest health score; a click on a name leads to the session and its agents.',
      queries: [
        rows(worst),
        rows(
          `${numbered(metric.sessionHealthStatus, {}, label.sessionState, sessionHealths, [label.sessionId])}\n  and on (${label.sessionId}) ${worst}`,
        ),
      ],
      unit: 'short',
      thresholds: 'none',
      width,
      noValue: 'No sessions',
    }),
    [
      { of: label.sessionId, title: 'Session', links: [toSession(cell('Session'))] },
      { of: 'B', title: 'Health', unit: 'short', mappings: sessionValues },
      { of: 'A', title: 'Score', unit: 'percentunit', thresholds: 'score' },
    ],
    { by: 'Score', greatestFirst: false },
  );
