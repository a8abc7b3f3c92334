import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { spawnProcess } from '../support/process.ts';
import { freePorts } from '../support/processor.ts';
import { prometheusTargets, queryPrometheus } from '../support/prometheus-api.ts';
import { requireServer } from '../support/servers.ts';
import { waitFor } from '../support/wait.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const timeoutMs = 60_000;

function stack(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const flags = ['--conditions=@agent-vitals/source', '--disable-warning=ExperimentalWarning'];
  return spawnProcess(process.execPath, [...flags, join(root, 'scripts/stack.ts'), ...args], {
    env: {
      ...freePorts,
      PROMETHEUS_ADDRESS: '127.0.0.1:0',
      ALERTMANAGER_ADDRESS: '127.0.0.1:0',
      STACK_DATA: temporaryFolder(),
      ...env,
    },
  });
}

it('npm run stack -- --demo: everything on this machine, and Ctrl-C ends it', async (context) => {
  requireServer(context, 'prometheus');
  const running = stack(['--demo']);
  await running.waitForLine(/running; Ctrl-C stops all of it/, timeoutMs);
  const [, page] = await running.waitForLine(/^ {2}page +(\S+)\/$/);
  const [, prometheus] = await running.waitForLine(/^ {2}Prometheus +(\S+)\/$/);
  const [, alertmanager] = await running.waitForLine(/^ {2}Alertmanager +(\S+)\/$/);
  expect((await fetch(`${page}/readyz`)).ok).toBe(true);
  expect((await fetch(`${alertmanager}/-/ready`)).ok).toBe(true);
  await waitFor(async () => (await queryPrometheus(prometheus!, 'sum(vitals_fleet_agents) == 10'))[0], {
    what: 'ten agents in Prometheus',
    timeoutMs,
  });
  expect(await prometheusTargets(prometheus!)).toMatchObject([{ health: 'up' }]);
  const known = await fetch(`${prometheus}/api/v1/alertmanagers`);
  expect(await known.json()).toMatchObject({
    data: { activeAlertmanagers: [{ url: `${alertmanager}/api/v2/alerts` }] },
  });
  const rules = await fetch(`${prometheus}/api/v1/rules`);
  const { data } = (await rules.json()) as { data: { groups: unknown[] } };
  expect(data.groups.length).toBeGreaterThan(0);

  expect(await running.stop('SIGINT')).toEqual({ code: 0, signal: null });
  expect(running.stdout).toMatch(
    /stopping Prometheus.*stopping Alertmanager.*stopping the processor.*stopped/s,
  );
  for (const url of [page, prometheus, alertmanager]) await expect(fetch(url!)).rejects.toThrow();
});

it('says which key to change where a port is taken, and leaves nothing behind', async (context) => {
  requireServer(context, 'prometheus');
  const first = stack([]);
  await first.waitForLine(/running;/, timeoutMs);
  const [, page] = await first.waitForLine(/^ {2}page +http:\/\/(\S+)\/$/);
  const second = stack([], { AGENT_VITALS_HTTP_ENDPOINT: page! });
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(second.stderr).toMatch(/Cannot start the processor as it ended with exit code 1.*http\.endpoint/s);
  expect(await first.stop('SIGTERM')).toEqual({ code: 0, signal: null });
});

it('ends where it is asked for something that it does not know', async () => {
  const running = stack(['--demos']);
  expect(await running.exited).toEqual({ code: 1, signal: null });
  expect(running.stderr).toContain("'--demos'");
});
