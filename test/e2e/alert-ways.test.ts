import { setTimeout as passed } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type AlertStack, startAlertStack, ways } from '../support/alert-stack.ts';
import { listedSilences } from '../support/alertmanager-api.ts';
import type { States } from '../support/installation.ts';
import { networkBefore } from '../support/network.ts';
import { waitFor } from '../support/wait.ts';

// What somebody is told by each of the three ways, of the same things that happen to real agents: the processor's
// Alertmanager, its own webhook, and the rules in a real Prometheus.

const intervalMs = 500;
const config = `liveness: { late_after: 1s, offline_after: 3s, failover_grace: 2s, gap_hold: 2m }
sessions: { cache: 0s }`;
/** Long enough to bridge a restart of the processor; the machine's load is not the test's business. */
const rules = `
    AgentOffline: { keep_firing_for: 8s }
    TelemetryGap: { keep_firing_for: 2s }
    AccountExhausted: { keep_firing_for: 2s }
    AgentExhausted: { keep_firing_for: 2s }
    SystemCpuHigh: { enabled: false }
    SystemMemoryHigh: { enabled: false }`;
/** Several waits of every way: what was to be told twice, or falsely, has been told by then. */
const quietMs = 5_000;
const slowMs = 60_000;

const agents = (letter: string, count: number, state = 'idle'): States =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${letter}-${index}`, state]));

/** Waits until each way has told so much of an alert, and says what it told. */
async function allTell(stack: AlertStack, alertname: string, expected: readonly string[]): Promise<void> {
  for (const way of ways) {
    const told = () => stack.told(way, alertname);
    await waitFor(() => told().length >= expected.length, {
      what: `${expected.join(', ')} by ${way}`,
      timeoutMs: slowMs,
    });
  }
  allHaveTold(stack, alertname, expected);
}

function allHaveTold(stack: AlertStack, alertname: string, expected: readonly string[]): void {
  const told = Object.fromEntries(ways.map((way) => [way, stack.told(way, alertname)]));
  expect(told, alertname).toEqual(Object.fromEntries(ways.map((way) => [way, expected])));
}

describe('by every way', () => {
  it('a death is told once, whatever happens to the processor, and its end once', async (context) => {
    const stack = await startAlertStack(context, { config, rules });
    const { installation, alertmanager } = stack;
    installation.agents(installation.otlp, agents('a', 12), intervalMs);
    const doomed = installation.agents(installation.otlp, { doomed: 'busy' }, intervalMs);
    await installation.see({ ...agents('a', 12), doomed: 'busy' });
    await doomed.stop('SIGKILL');
    await allTell(stack, 'AgentOffline', ['doomed firing']);

    // Somebody takes it in hand: a silence.
    const [alert] = (await stack.alerts()).filter(({ name }) => name === 'AgentOffline');
    expect(alert).toMatchObject({ source_id: 'doomed', state: 'firing', action_required: true });
    const path = `/api/health/alerts/${alert!.alert_id}/acknowledge`;
    const acknowledged = await fetch(`${installation.http}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ by: 'night shift', comment: 'restarting it' }),
    });
    expect(acknowledged.status).toBe(200);
    const silences = async () =>
      (await listedSilences(alertmanager.url)).filter(({ status }) => status.state === 'active');
    await waitFor(async () => (await silences()).length === 1, { what: 'a silence' });

    // In the middle of it the processor dies.
    await installation.end('SIGKILL');
    await installation.start();
    await installation.see({ ...agents('a', 12), doomed: 'offline' });
    await passed(quietMs + 4_000);
    allHaveTold(stack, 'AgentOffline', ['doomed firing']);
    expect(await silences()).toHaveLength(1);

    installation.agents(installation.otlp, { doomed: 'busy' }, intervalMs);
    await installation.see({ doomed: 'busy' });
    await allTell(stack, 'AgentOffline', ['doomed firing', 'doomed resolved']);
    await waitFor(async () => (await silences()).length === 0, { what: 'the end of the silence' });
    await passed(quietMs);
    allHaveTold(stack, 'AgentOffline', ['doomed firing', 'doomed resolved']);
    for (const way of ways) expect(stack.sinks[way].requests, way).toHaveLength(2);
  });

  it('200 agents behind one dead sender are one TelemetryGap and no AgentOffline', async (context) => {
    const stack = await startAlertStack(context, { config, rules });
    const { installation } = stack;
    installation.agents(installation.otlp, agents('a', 12), intervalMs);
    const network = await networkBefore(installation.otlp, '127.0.0.2');
    const behind = agents('n', 200);
    const sender = installation.agents(network.url, behind, intervalMs);
    await installation.see({ ...agents('a', 12), ...behind }, slowMs);
    await sender.stop('SIGKILL');
    const pipeline = 'otlp/http:127.0.0.2';
    await allTell(stack, 'TelemetryGap', [`${pipeline} firing`]);
    await installation.see(agents('n', 200, 'unknown'));
    await passed(quietMs);
    allHaveTold(stack, 'TelemetryGap', [`${pipeline} firing`]);
    allHaveTold(stack, 'AgentOffline', []);
    installation.agents(network.url, behind, intervalMs);
    await installation.see(behind, slowMs);
    await allTell(stack, 'TelemetryGap', [`${pipeline} firing`, `${pipeline} resolved`]);
    await passed(quietMs);
    allHaveTold(stack, 'AgentOffline', []);
  });

  it('5 agents out of quota on one account are one AccountExhausted', async (context) => {
    const stack = await startAlertStack(context, { config, rules });
    const { installation } = stack;
    installation.agents(installation.otlp, agents('a', 30), intervalMs);
    const exhausted = agents('x', 5, 'exhausted');
    const out = installation.agents(installation.otlp, exhausted, intervalMs);
    await installation.see({ ...agents('a', 30), ...exhausted });
    await allTell(stack, 'AccountExhausted', ['provider/team firing']);
    // Each of them alone fires ten seconds later.
    const fires = async () =>
      (await stack.alerts()).filter(({ name, state }) => name === 'AgentExhausted' && state === 'firing');
    await waitFor(async () => (await fires()).length === 5, { what: '5 AgentExhausted', timeoutMs: slowMs });
    await passed(quietMs);
    allHaveTold(stack, 'AccountExhausted', ['provider/team firing']);
    allHaveTold(stack, 'AgentExhausted', []);
    await out.stop('SIGTERM');
    await allTell(stack, 'AccountExhausted', ['provider/team firing', 'provider/team resolved']);
    await passed(quietMs);
    allHaveTold(stack, 'AgentExhausted', []);
    for (const way of ways) expect(stack.sinks[way].requests, way).toHaveLength(2);
  });
});
