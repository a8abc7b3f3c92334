import type { Browser } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { alertSettingsOf } from '../../src/core/index.ts';
import { Tokens } from '../../src/processor/http/index.ts';
import { AlertRig } from '../processor/alerts/rig.ts';
import { launchChromium, requireChromium } from '../support/chromium.ts';
import { minute, second } from '../support/observe.ts';
import { serveFleet } from '../support/serve-fleet.ts';

let browser: Browser;
beforeAll(async () => {
  // Where it is missing, each test says so.
  browser = await launchChromium().catch(() => undefined as never);
});
beforeEach((context) => requireChromium(context));

/** Two agents are dead and the machines are busy. */
function troubled(): AlertRig {
  const rig = new AlertRig();
  rig.usage.cpuUtilization = 0.85;
  rig.beat('scraper-2').beat('<img src=x onerror=alert(1)>');
  return rig.live(5 * minute + second, () => rig.beat('alive'));
}

/** Opens the page of a rig; whatever its console says that isn't expected fails the test. */
async function open(
  rig: AlertRig,
  options: Parameters<typeof serveFleet>[1] = {},
  { expected = /^$/, viewport = { width: 1280, height: 800 } } = {},
) {
  const { url } = await serveFleet(rig, {
    startEpochMs: Date.now() - rig.nowMs,
    alerts: rig.engine,
    alertSettings: alertSettingsOf({}),
    ...options,
  });
  const browsing = await browser.newContext({ viewport });
  onTestFinished(() => browsing.close());
  const page = await browsing.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
  await page.goto(url);
  onTestFinished(() => expect(complaints.filter((text) => !expected.test(text))).toEqual([]));
  return { page, alerts: page.locator('#alert-list li') };
}

describe('the alerts of the page', () => {
  it('are those that somebody should look at, in words, the most urgent first', async () => {
    const { page, alerts } = await open(troubled());
    await page.getByText('High CPU usage: 85%').waitFor();
    const texts = await alerts.allInnerTexts();
    expect(texts).toHaveLength(3);
    expect(texts[0]).toMatch(/■ critical\s+Agent .+ is offline\s+AgentOffline, since 3 min/);
    expect(texts[2]).toMatch(/▲ warning\s+High CPU usage: 85%\s+SystemCpuHigh, since 5 min/);
    expect(await page.locator('main img').count()).toBe(0);
  });

  it('are taken in hand from the keyboard alone, and the list goes on by itself', async () => {
    const rig = troubled();
    const { page, alerts } = await open(rig);
    const scraper = alerts.filter({ hasText: 'Agent scraper-2' });
    const button = page.getByRole('button', { name: 'Acknowledge: Agent scraper-2 is offline' });
    await button.waitFor();
    await button.focus();
    await page.keyboard.press('Enter');
    // The comment has the focus; it may stay empty.
    await page.keyboard.press('Enter');
    await scraper.getByText(/acknowledged by local/).waitFor({ timeout: 5_000 });
    expect(await button.isVisible()).toBe(false);
    const [alert] = [...rig.engine.firing()].filter(({ subject }) => subject === 'scraper-2');
    expect(alert?.acknowledgement?.by).toBe('local');
    rig.live(3 * minute, () => rig.beat('alive').beat('scraper-2'));
    await scraper.waitFor({ state: 'detached', timeout: 5_000 });
    expect(await alerts.count()).toBe(2);
  });

  it('are taken with a comment and until a time, which others read, once it was not left by Escape', async () => {
    const rig = troubled();
    const { page, alerts } = await open(rig);
    const scraper = alerts.filter({ hasText: 'Agent scraper-2' });
    const button = page.getByRole('button', { name: 'Acknowledge: Agent scraper-2 is offline' });
    await button.click();
    expect(await button.isVisible()).toBe(false);
    await page.keyboard.type('never mind');
    await page.keyboard.press('Escape');
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);

    await page.keyboard.press('Enter');
    const comment = scraper.getByLabel('Comment');
    expect(await comment.inputValue()).toBe('');
    // The shortcut of the filter is a character here, and the list's refresh takes nothing away.
    await page.keyboard.type('w/ the provider');
    await page.waitForResponse(/api\/health\/alerts/);
    expect(await comment.inputValue()).toBe('w/ the provider');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await scraper
      .getByText(/acknowledged by local .+, for (59 min|1 h).* more: w\/ the provider/)
      .waitFor({ timeout: 5_000 });
    const alert = [...rig.engine.firing()].find(({ subject }) => subject === 'scraper-2');
    expect(alert?.acknowledgement?.comment).toBe('w/ the provider');
    expect(Math.abs(alert!.acknowledgement!.untilMs - rig.nowMs - 60 * minute)).toBeLessThan(minute);
  });

  it('are nobody to take in hand who may only read, and say so', async () => {
    const tokens = new Tokens([{ name: 'eyes', role: 'read', token: 'a-token-that-may-read' }]);
    const { page } = await open(troubled(), { tokens }, { expected: /status of 40[13]/ });
    await page.getByLabel('Token').fill('a-token-that-may-read');
    await page.keyboard.press('Enter');
    const button = page.getByRole('button', { name: 'Acknowledge: Agent scraper-2 is offline' });
    await button.click();
    await page.keyboard.press('Enter');
    const refusal = page.locator('#alert-error');
    await refusal.waitFor();
    expect(await refusal.innerText()).toMatch(/operator/);
    expect(await button.isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.locator('#alerts').isVisible()).toBe(false);
  });

  it('take no place where there are none', async () => {
    const rig = new AlertRig();
    rig.beat('alive');
    const { page } = await open(rig);
    await page.locator('#agents tr').waitFor();
    expect(await page.locator('#alerts').isVisible()).toBe(false);
  });

  it('say that there are more than are shown, and fit a phone', async () => {
    const rig = new AlertRig();
    for (let agent = 0; agent < 60; agent++)
      rig.beat(`${'x'.repeat(200)}-${agent}`, { pipeline: `p-${agent}` });
    rig.live(3 * minute, () => rig.beat('alive', { pipeline: 'q' }));
    const { page, alerts } = await open(rig, {}, { viewport: { width: 360, height: 740 } });
    await page.getByText('There are more').waitFor();
    expect(await alerts.count()).toBe(50);
    await alerts.first().getByRole('button').click();
    await alerts.first().getByLabel('Until').selectOption('4 hours from now');
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });
});
