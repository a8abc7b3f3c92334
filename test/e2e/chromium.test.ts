import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { launchChromium, requireChromium } from '../support/chromium.ts';

it('a real browser shows a page from the loopback address', async (context) => {
  requireChromium(context);
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(
      '<title>Vitals</title><p id=status></p><script>document.getElementById("status").textContent = "alive"</script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  const page = await (await launchChromium()).newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(await page.title()).toBe('Vitals');
  expect(await page.textContent('#status')).toBe('alive');
});
