import type { Browser, Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Tokens } from '../../src/processor/http/index.ts';
import { launchChromium, requireChromium } from '../support/chromium.ts';
import { agentInfo } from '../support/fleet-view.ts';
import { minute, Scenario, second } from '../support/observe.ts';
import { serveFleet } from '../support/serve-fleet.ts';

let browser: Browser;
beforeAll(async () => {
  // Where it is missing, each test says so.
  browser = await launchChromium().catch(() => undefined as never);
});
beforeEach((context) => requireChromium(context));

/** Opens a page that fails the test by anything in its console: what the policy refuses, what is missing, what throws. */
async function open(
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
  { expected = /^$/ }: { expected?: RegExp } = {},
) {
  const browsing = await browser.newContext(options);
  onTestFinished(() => browsing.close());
  const page = await browsing.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
  await page.goto(url);
  onTestFinished(() => expect(complaints.filter((text) => !expected.test(text))).toEqual([]));
  return { page, browsing };
}

/** A fleet in which each status and condition has somebody. */
function variedFleet(): Scenario {
  const scenario = new Scenario({ stalledAfterMs: 20 * second }, 0);
  const say = (id: string, session: string, type: string, name: string | null = null) =>
    scenario.apply(id, { signal: 'info', session, type, info: agentInfo({ name }) });
  const silent = ['scraper-2', 'scraper-3'];
  const speaking = [
    'researcher-1',
    'summarizer-1',
    'receptionist-1',
    'reviewer-1',
    'invoicer-1',
    'indexer-1',
    'janitor-1',
  ];
  for (const id of [...silent, ...speaking]) {
    scenario.beat(id);
    say(id, id < 'k' ? 'support' : 'research', id.replace(/-\d$/, ''), id === 'researcher-1' ? 'Ada' : null);
  }
  scenario.pass(100 * second);
  for (const id of speaking) scenario.beat(id);
  scenario
    .pass(21 * second)
    .report('researcher-1', 'busy')
    .report('janitor-1', 'paused');
  scenario.report('receptionist-1', 'on_call').report('reviewer-1', 'busy').report('reviewer-1', 'waiting');
  scenario.report('summarizer-1', 'exhausted').report('invoicer-1', 'busy').report('invoicer-1', 'error');
  scenario.epochGauge('summarizer-1', 'exhaustedRecoveryTime', scenario.nowMs + 90 * minute, {
    exhaustedReason: 'rate_limit',
    recoverySource: 'header',
  });
  scenario.apply('indexer-1', { signal: 'progress', temporality: 1, value: 1, timeMs: 1_800_000_121_000 });
  scenario.report('indexer-1', 'busy').pass(21 * second);
  for (const id of speaking) scenario.beat(id);
  return scenario;
}

/** The page's clock is the browser's: the scenario's now must be the real one. */
function served(scenario: Scenario, options: Parameters<typeof serveFleet>[1] = {}) {
  return serveFleet(scenario, { startEpochMs: Date.now() - scenario.nowMs, ...options });
}

/** Waits until so many rows are shown. */
async function rowCount(page: Page, count: number): Promise<void> {
  await expect.poll(() => page.locator('#agents tr').count(), { timeout: 5_000 }).toBe(count);
}

const row = (page: Page, id: string) => page.locator('#agents tr', { hasText: id });

describe('the page', () => {
  it('lists the fleet with status in words, those who need attention first', async () => {
    const { page } = await open((await served(variedFleet())).url);
    await row(page, 'researcher-1').waitFor();
    expect(await page.locator('#agents tr').count()).toBe(9);
    expect(await page.locator('#total').textContent()).toBe('9 agents');
    const statusOf = async (id: string) => (await row(page, id).locator('td').first().innerText()).trim();
    expect(await statusOf('scraper-2')).toMatch(/■\s*offline/);
    expect(await statusOf('summarizer-1')).toMatch(/exhausted/);
    expect(await statusOf('janitor-1')).toMatch(/paused/);
    expect(await statusOf('indexer-1')).toMatch(/stalled/);
    expect(await statusOf('receptionist-1')).toMatch(/on call/);
    expect(await row(page, 'summarizer-1').innerText()).toMatch(/1 h (29|30) min/);
    expect(await row(page, 'scraper-2').innerText()).toMatch(/2 min 2\d s ago/);
    expect(await row(page, 'researcher-1').innerText()).toContain('Ada');
    const order = await page.locator('#agents tr td.status').allInnerTexts();
    const words = order.map((text) => text.replace(/^\P{L}+/u, '').trim());
    expect(words.slice(0, 5).sort()).toEqual(['error', 'exhausted', 'offline', 'offline', 'stalled']);
  });

  it('counts by status, and each count filters', async () => {
    const { page } = await open((await served(variedFleet())).url);
    const offline = page.getByRole('button', { name: /offline/ });
    await offline.waitFor();
    expect(await offline.innerText()).toMatch(/offline\s*2$/);
    await offline.click();
    await rowCount(page, 2);
    expect(await offline.getAttribute('aria-pressed')).toBe('true');
    expect(await page.locator('#shown').textContent()).toBe('2 matching');
    await offline.click();
    await rowCount(page, 9);
  });

  it('filters by text, from the keyboard alone', async () => {
    const { page } = await open((await served(variedFleet())).url);
    await row(page, 'researcher-1').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('SCRAPER');
    await rowCount(page, 2);
    await page.keyboard.type(' of nobody');
    await page.getByText('No agent matches.').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('clear');
    await page.keyboard.press('Enter');
    await rowCount(page, 9);
  });

  it('follows the fleet by itself', async () => {
    const scenario = variedFleet();
    const { page } = await open((await served(scenario)).url);
    await row(page, 'janitor-1').waitFor();
    scenario.report('janitor-1', 'idle').beat('newcomer-1');
    await row(page, 'newcomer-1').waitFor({ timeout: 5_000 });
    expect(await row(page, 'janitor-1').innerText()).toMatch(/○\s*idle/);
    scenario.fleet.forget(scenario.fleet.find('newcomer-1'), scenario.nowMs);
    await row(page, 'newcomer-1').waitFor({ state: 'detached', timeout: 5_000 });
  });

  it('shows whatever an agent calls itself as text', async () => {
    const scenario = new Scenario();
    const id = '<img src=x onerror=alert(1)>';
    scenario.beat(id);
    scenario.apply(id, {
      signal: 'info',
      session: '"><script>alert(2)</script>',
      info: agentInfo({ name: '<b>x</b>' }),
    });
    const { page } = await open((await served(scenario)).url);
    await page.getByText(id).waitFor();
    expect(await page.locator('main img, main script, main b').count()).toBe(0);
  });

  it('says how to begin where there is nobody', async () => {
    const scenario = new Scenario();
    const { page } = await open((await served(scenario)).url);
    await page.getByText('No agent yet').waitFor();
    await page.getByText('vitals.agent.heartbeats').waitFor();
    expect(await page.locator('#first-heartbeat').textContent()).toContain(
      'http://127.0.0.1:4318/v1/metrics',
    );
    scenario.beat('first');
    await row(page, 'first').waitFor({ timeout: 5_000 });
    expect(await page.getByText('No agent yet').isVisible()).toBe(false);
  });

  it('says since when the processor does not answer, and keeps what was known', async () => {
    const fleet = await served(variedFleet());
    // The browser itself notes each request that failed.
    const { page } = await open(fleet.url, {}, { expected: /ERR_CONNECTION_REFUSED/ });
    await row(page, 'researcher-1').waitFor();
    await fleet.stop();
    const banner = page.getByRole('alert').filter({ hasText: 'Processor unreachable since' });
    await banner.waitFor({ timeout: 10_000 });
    expect(await banner.innerText()).toContain('The list shows what was known then.');
    expect(await page.locator('#agents tr').count()).toBe(9);
  });

  it('asks for a token where the processor does, and forgets it again', async () => {
    const token = 'a-token-that-may-read';
    const tokens = new Tokens([{ name: 'ada', role: 'read', token }]);
    const fleet = await served(variedFleet(), { tokens });
    // The browser itself notes each answer of 401.
    const { page, browsing } = await open(fleet.url, {}, { expected: /status of 401/ });
    await page.getByLabel('Token').fill('not-the-right-token');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('The token is not known.').waitFor();
    await page.getByLabel('Token').fill(token);
    await page.keyboard.press('Enter');
    await row(page, 'researcher-1').waitFor();
    const [cookie] = await browsing.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', name: 'agent_vitals_session' });
    expect(await page.evaluate(() => document.cookie)).toBe('');
    expect(page.url()).not.toContain(token);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.getByLabel('Token').inputValue()).toBe('');
  });

  it.each([
    ['a phone', { viewport: { width: 360, height: 740 } }],
    ['a desk', { viewport: { width: 1280, height: 800 } }],
  ])('fits %s without scrolling sideways', async (_what, options) => {
    const scenario = variedFleet().beat('x'.repeat(250));
    scenario.apply('researcher-1', { signal: 'info', session: 'y'.repeat(200), type: 'z'.repeat(200) });
    const { page } = await open((await served(scenario)).url, options);
    await row(page, 'researcher-1').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });
});
