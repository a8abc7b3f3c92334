import { execFileSync } from 'node:child_process';
import { onTestFinished, type TestContext } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { skipWithout } from '../../support/needs.ts';

/** A file system of its own, in memory. */
export interface SmallDisk {
  readonly folder: string;
  /** Changes what it may do, as `mount -o remount` does: `ro`, `rw`, `size=1m`. */
  remount(options: string): void;
}

/**
 * Mounts a small disk until the end of the test, which is skipped where this machine doesn't let it.
 *
 * @param size - As mount takes it: `512k`.
 */
export function smallDisk(context: Pick<TestContext, 'skip'>, size: string): SmallDisk {
  const folder = temporaryFolder();
  const mount = (options: string) => execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  try {
    mount(`size=${size}`);
  } catch (error) {
    skipWithout(context, `Cannot mount a disk as that takes root: ${(error as Error).message}`);
  }
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
  });
  return { folder, remount: (options) => mount(`remount,${options}`) };
}
