import type { Observation } from '../../../src/core/index.ts';

/** What one agent exports at once. */
export interface Export {
  readonly agent: string;
  readonly observations: readonly Observation[];
  /** When it was made, in true time. */
  readonly madeMs: number;
  /** Whether it tells of a heartbeat that was not told before. */
  readonly beats: boolean;
}

/** Takes exports; false where it refuses. */
export interface Receiver {
  accept(exports: readonly Export[], pipeline: string): boolean;
}
