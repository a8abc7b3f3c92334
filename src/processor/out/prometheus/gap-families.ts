import { attributes, metrics } from '@agent-vitals/contract';
import type { Gap } from '../../../core/index.ts';
import type { Family } from './family.ts';
import { label } from './text-format.ts';

/** The silence of a way in, under which agents are unknown. */
export interface GapSample {
  /** The pipeline, as label. */
  readonly labels: string;
  /** Whether it goes on. */
  readonly isOpen: boolean;
}

/** The family that tells of ways in that are or were silent. */
export const gapFamilies: readonly Family<GapSample>[] = [
  { metric: metrics.pipelineGap, rows: ({ isOpen }, row) => row('', isOpen ? 1 : 0) },
];

/**
 * Takes a sample of each pipeline with a gap: a second one may have begun while agents are unknown by the first.
 *
 * @param gaps - The fleet's gaps.
 * @returns A sample for each pipeline, open where one of its gaps is.
 * @example
 * ```ts
 * sampleGaps(fleet.gaps);
 * ```
 */
export function sampleGaps(gaps: readonly Gap[]): readonly GapSample[] {
  const isOpenByPipeline = new Map<string, boolean>();
  for (const { pipeline, isOpen } of gaps) {
    isOpenByPipeline.set(pipeline, isOpen || (isOpenByPipeline.get(pipeline) ?? false));
  }
  return [...isOpenByPipeline].map(([pipeline, isOpen]) => ({
    labels: label(attributes.pipelineName, pipeline),
    isOpen,
  }));
}
