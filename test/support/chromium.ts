import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, onTestFinished, type TestContext } from 'vitest';
import { skipWithout } from './needs.ts';

const executable = '/usr/bin/chromium';

/** Nothing but the page under test may make it talk to a network. */
const flags = [
  '--no-sandbox', // tests run as root in containers, where Chromium's sandbox can't start
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const open = new Set<Browser>();

// Registered in every test file that imports this module, as each file has its own instance of it.
afterAll(async () => {
  for (const browser of open) await browser.close();
});

/**
 * Says that a test needs the browser: without it the test is skipped with the reason on a user's machine, and
 * fails with `CI=true`.
 *
 * @example
 * it('shows the fleet', async (context) => { requireChromium(context); … });
 */
export function requireChromium(context: Pick<TestContext, 'skip'>): void {
  skipWithout(
    context,
    existsSync(executable) ? undefined : `${executable} is missing: install the package chromium`,
  );
}

/**
 * Starts Debian's Chromium, headless. It is closed at the end of the test that started it, or of the file when a
 * hook did.
 *
 * @throws Error where it is missing (say {@link requireChromium} first) or doesn't start
 *
 * @example
 * const page = await (await launchChromium()).newPage();
 */
export async function launchChromium(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: executable, args: flags });
  open.add(browser);
  browser.on('disconnected', () => open.delete(browser));
  try {
    onTestFinished(() => browser.close());
  } catch {
    // Started in a hook, not in a test: afterAll above closes it.
  }
  return browser;
}
