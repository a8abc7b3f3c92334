import type { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { fleetTransitions } from '../parts/annotations.ts';
import { dashboard } from '../parts/dashboard.ts';
import { ofLine, toAgent, toThePage, uids } from '../parts/links.ts';
import { label, metric } from '../parts/names.ts';
import { bars, type Face, stat, timeSeries } from '../parts/panels.ts';
import { now, overTime } from '../parts/queries.ts';

/** The same question as a number and as a line. */
const questions: readonly (Pick<Face, 'title' | 'description' | 'unit' | 'thresholds' | 'noValue'> & {
  readonly expr: string;
  readonly line: string;
  readonly max?: number;
})[] = [
  {
    title: 'CPU',
    description:
      "CPU used on the hosts of the fleet, each host counted once; on the processor's own where none tells.",
    expr: `avg(${metric.systemCpu})`,
    line: 'cpu',
    unit: 'percentunit',
    thresholds: 'utilization',
    max: 1,
    noValue: 'Not known',
  },
  {
    title: 'Memory',
    description:
      "Memory used on the hosts of the fleet, each host counted once; on the processor's own where none tells.",
    expr: `avg(${metric.systemMemory})`,
    line: 'memory',
    unit: 'percentunit',
    thresholds: 'utilization',
    max: 1,
    noValue: 'Not known',
  },
  {
    title: 'Queue',
    description: 'Items that wait for the agents that are there, together.',
    expr: `sum(${metric.systemQueueDepth})`,
    line: 'waiting',
    unit: 'short',
    thresholds: 'none',
    noValue: 'No agent reports any',
  },
  {
    title: 'Active operations',
    description: 'Operations that the agents that are there have under way, together.',
    expr: `sum(${metric.systemActiveOperations})`,
    line: 'under way',
    unit: 'short',
    thresholds: 'none',
    noValue: 'No agent reports any',
  },
];

const numbers = questions.map(({ expr, line: _, ...face }) =>
  stat({ ...face, queries: [now(expr)], width: 6 }),
);

const lines: TimeSeriesBuilder[] = questions.map(({ expr, line, title, ...face }) =>
  timeSeries({ ...face, title: `${title} over time`, queries: [overTime(expr, line)], min: 0, width: 12 }),
);

/** The agents that use the most of something. */
const most = (face: Pick<Face, 'title' | 'description' | 'unit' | 'thresholds' | 'noValue'>, name: string) =>
  bars({
    ...face,
    queries: [now(`topk(10, max by (${label.agentId}) (${name}))`, `{{${label.agentId}}}`)],
    min: 0,
    width: 8,
    height: 10,
    valueLinks: [toAgent(ofLine(label.agentId))],
  });

const consumers = [
  most(
    {
      title: 'Most CPU',
      description:
        'The ten agents that use the most CPU, as a share of all they have; a click leads to the agent.',
      unit: 'percentunit',
      thresholds: 'utilization',
      noValue: 'No agent reports any',
    },
    metric.agentCpuUtilization,
  ),
  most(
    {
      title: 'Most memory',
      description: 'The ten agents that use the most physical memory; a click leads to the agent.',
      unit: 'bytes',
      thresholds: 'neutral',
      noValue: 'No agent reports any',
    },
    metric.agentMemoryUsage,
  ),
  most(
    {
      title: 'Longest queues',
      description: 'The ten agents for which the most items wait; a click leads to the agent.',
      unit: 'short',
      thresholds: 'queue',
      noValue: 'No agent reports any',
    },
    metric.queueDepth,
  ),
];

/** The hosts and what they carry. */
export const system = dashboard({
  uid: uids.system,
  title: 'Agent Vitals / System',
  description: 'Do the hosts of the fleet have room, and who takes it?',
  variables: [],
  annotations: [fleetTransitions()],
  links: [toThePage()],
  sections: [
    { title: 'Now', panels: numbers },
    { title: 'Over time', panels: lines },
    { title: 'Who takes the most', panels: consumers },
  ],
});
