import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

const folders = new Set<string>();

function remove(folder: string): void {
  // A server that was just killed may write a last file: try again instead of failing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  folders.delete(folder);
}

// Registered in every test file that imports this module, as each file has its own instance of it.
afterAll(() => {
  for (const folder of folders) remove(folder);
});

/**
 * Makes an empty folder that is removed at the end of the test that asked for it, or of the file when a hook did.
 *
 * @returns its absolute path
 *
 * @example
 * const file = join(temporaryFolder(), 'config.yaml');
 */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-vitals-'));
  folders.add(folder);
  try {
    onTestFinished(() => remove(folder));
  } catch {
    // Asked for in a hook, not in a test: afterAll above removes it.
  }
  return folder;
}
