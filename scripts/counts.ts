import type { Reporter, TestModule } from 'vitest/node';

/** How a run of tests went. */
export interface TestCounts {
  readonly passed: number;
  /** Failed tests; and each file, suite hook or unhandled error that failed outside of one. */
  readonly failed: number;
  readonly skipped: number;
}

/** Counts a run's tests, and why tests were skipped: the reason to how many of them. */
export function countTests(
  modules: readonly TestModule[],
  unhandledErrors: number,
): { readonly counts: TestCounts; readonly skipReasons: ReadonlyMap<string, number> } {
  const counts = { passed: 0, failed: unhandledErrors, skipped: 0 };
  const skipReasons = new Map<string, number>();
  for (const module of modules) {
    if (module.errors().length > 0) counts.failed += 1;
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0) counts.failed += 1;
    }
    for (const test of module.children.allTests()) {
      const result = test.result();
      // One that never came to its end (the run was interrupted) has not passed.
      counts[result.state === 'pending' ? 'failed' : result.state] += 1;
      if (result.state === 'skipped' && result.note !== undefined) {
        skipReasons.set(result.note, (skipReasons.get(result.note) ?? 0) + 1);
      }
    }
  }
  return { counts, skipReasons };
}

/** Vitest reporter that says why tests were skipped, and tells scripts/run.js the counts for its last line. */
export default class CountsReporter implements Reporter {
  onTestRunEnd: NonNullable<Reporter['onTestRunEnd']> = (modules, unhandledErrors) => {
    const { counts, skipReasons } = countTests(modules, unhandledErrors.length);
    for (const [reason, tests] of skipReasons) console.log(`Skipped ${tests}: ${reason}`);
    process.send?.({ counts });
  };
}
