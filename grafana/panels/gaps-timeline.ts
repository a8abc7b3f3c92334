import { label, metric } from '../parts/names.ts';
import { stateTimeline } from '../parts/panels.ts';
import { overTime } from '../parts/queries.ts';
import { noYes } from '../parts/values.ts';

/** When which way in was silent as a whole. */
export const gapsTimeline = (width: number, height = 8) =>
  stateTimeline({
    title: 'Telemetry gaps',
    description:
      'Ways in that fell silent as a whole: their agents are unknown, not dead, until they are heard or the gap lasts too long.',
    queries: [
      overTime(`max by (${label.pipelineName}) (${metric.pipelineGap})`, `{{${label.pipelineName}}}`),
    ],
    unit: 'short',
    mappings: noYes('delivers again', 'blue', 'silent', 'red'),
    thresholds: 'anyIsBad',
    width,
    height,
    noValue: 'No gap',
  });
