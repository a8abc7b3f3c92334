import type { TestContext } from 'vitest';

/**
 * Ends a test that needs what this machine hasn't: skipped with the reason on a user's machine, failed where
 * `CI=true`, as there a test that silently doesn't run would prove nothing.
 *
 * @param reason undefined where nothing is missing: then it returns
 *
 * @example
 * it('draws', (context) => { skipWithout(context, canDraw ? undefined : 'no screen'); … });
 */
export function skipWithout(context: Pick<TestContext, 'skip'>, reason: string | undefined): void {
  if (reason === undefined) return;
  if (process.env.CI === 'true') throw new Error(`${reason} (with CI=true nothing may be missing)`);
  context.skip(reason);
}
