import { afterEach, describe, expect, it, vi } from 'vitest';
import { skipWithout } from './needs.ts';

describe('skipWithout', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('skips with the reason on a user machine', () => {
    vi.stubEnv('CI', undefined);
    const skip = vi.fn();
    skipWithout({ skip: skip as never }, 'no screen');
    expect(skip.mock.calls).toEqual([['no screen']]);
  });

  it('fails with the reason where CI=true', () => {
    vi.stubEnv('CI', 'true');
    const skip = vi.fn();
    expect(() => skipWithout({ skip: skip as never }, 'no screen')).toThrow(
      'no screen (with CI=true nothing may be missing)',
    );
    expect(skip).not.toHaveBeenCalled();
  });

  it.each(['true', undefined])('lets the test run when nothing is missing (CI=%s)', (ci) => {
    vi.stubEnv('CI', ci);
    const skip = vi.fn();
    skipWithout({ skip: skip as never }, undefined);
    expect(skip).not.toHaveBeenCalled();
  });
});
