/** Sums over one round, for whoever has a history of its own. */
export interface RoundSums {
  executions: number;
  failed: number;
  scoreSum: number;
  scored: number;
}

/** Sums of nothing yet. */
export function emptySums(): RoundSums {
  return { executions: 0, failed: 0, scoreSum: 0, scored: 0 };
}
