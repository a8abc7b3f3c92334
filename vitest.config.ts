import { defineConfig } from 'vitest/config';

/** Packages resolve to their TypeScript sources, so that no test depends on a build. */
const conditions = ['@agent-vitals/source', 'module', 'node', 'default'];

/** Pure, but they walk through so much that nobody would wait for them after each change. */
const long = [
  'test/core/faults.test.ts',
  'test/core/model.test.ts',
  'test/processor/otlp/reader-truth.test.ts',
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Left to itself, vitest keeps a processor for its own main thread, which has little to do.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', ...long],
          testTimeout: 30_000,
        },
      },
      { extends: true, test: { name: 'long', include: long, testTimeout: 120_000 } },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // They wait more than they work. More at a time would disturb those that watch the clock.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
