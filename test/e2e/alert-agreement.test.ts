import { setTimeout as passed } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { alertNames } from '../../src/core/index.ts';
import { type AlertStack, startAlertStack } from '../support/alert-stack.ts';
import { startSender } from '../support/driven-agents.ts';
import { networkBefore } from '../support/network.ts';
import { waitFor } from '../support/wait.ts';

// Both paths, side by side: every rule of the table is driven true and false again by real agents, and all the while
// the alerts that the processor lists are held against those that a real Prometheus makes of the generated rules.

const evaluationMs = 1_000;
/** So long may the two differ about an alert. */
const agreeWithinMs = 2 * evaluationMs;
/** One look comes so long after the last, and what it sees of each path is that old by then. */
const lookEveryMs = 200;
/** A scrape that is late on a busy machine. */
const slackMs = 1_000;
const slowMs = 90_000;

/** PromQL alone. */
const judgedByPrometheusAlone = ['ProcessorDown', 'Watchdog'];
const judged = alertNames.filter((name) => !judgedByPrometheusAlone.includes(name));
const rules = `{ ${judged.map((name) => `${name}: { for: 2s, keep_firing_for: 2s }`).join(', ')} }`;
const config = `liveness: { late_after: 1s, offline_after: 8s, stalled_after: 4s, failover_grace: 2s, flap_threshold: 2, flap_window: 10s }
health: { window: 10s }
sessions: { cache: 0s }`;

/** What each path takes to be firing at a moment. */
interface Look {
  readonly atMs: number;
  readonly processor: ReadonlySet<string>;
  readonly prometheus: ReadonlySet<string>;
}

const nameOf = ({ alertname, severity, subject }: Record<string, string>) =>
  `${alertname} ${severity} ${subject}`;

async function lookAt(stack: AlertStack): Promise<Look> {
  const [listed, response] = await Promise.all([
    stack.alerts(),
    fetch(`${stack.prometheus.url}/api/v1/alerts`),
  ]);
  const { data } = (await response.json()) as {
    data: { alerts: { labels: Record<string, string>; state: string }[] };
  };
  const theirs = data.alerts
    .filter(({ labels, state }) => state === 'firing' && !judgedByPrometheusAlone.includes(labels.alertname!))
    .map(({ labels }) => nameOf(labels));
  const ours = listed.filter(({ state }) => state === 'firing').map(({ labels }) => nameOf(labels));
  return { atMs: Date.now(), processor: new Set(ours), prometheus: new Set(theirs) };
}

/** For each alert, the longest time for which the two paths differed about it. */
function differences(looks: readonly Look[]): Map<string, number> {
  const longest = new Map<string, number>();
  const since = new Map<string, number>();
  for (const { atMs, processor, prometheus } of looks) {
    for (const name of new Set([...processor, ...prometheus, ...since.keys()])) {
      if (processor.has(name) === prometheus.has(name)) {
        since.delete(name);
        continue;
      }
      if (!since.has(name)) since.set(name, atMs);
      longest.set(name, Math.max(longest.get(name) ?? 0, atMs - since.get(name)!));
    }
  }
  return longest;
}

it('the processor and Prometheus agree on every alert, when it begins and when it is over', async (context) => {
  const stack = await startAlertStack(context, { config, rules, evaluationInterval: `${evaluationMs}ms` });
  const { otlp } = stack.installation;
  const looks: Look[] = [];
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      looks.push(await lookAt(stack));
      await passed(lookEveryMs);
    }
  })();
  /** Both paths say so of these, and of no other that begins with the same words. */
  const bothFire = (names: readonly string[], fires: boolean) =>
    waitFor(
      () => {
        const last = looks.at(-1);
        const odd = names.filter(
          (name) => last?.processor.has(name) !== fires || last.prometheus.has(name) !== fires,
        );
        if (odd.length > 0) throw new Error(odd.join(', '));
        return true;
      },
      { what: `${fires ? 'all of them firing' : 'none of them firing'}`, timeoutMs: slowMs },
    );

  const sender = startSender(otlp, 'host-1');
  const network = await networkBefore(otlp, '127.0.0.2');
  const far = startSender(network.url, 'host-2');
  for (let index = 0; index < 12; index++) far.agent(`far-${index}`);
  for (let index = 0; index < 12; index++) sender.agent(`near-${index}`);

  const silent = sender.agent('silent');
  const exhausted = ['x-1', 'x-2'].map((id) => sender.agent(id, { exhaustedScope: 'acme/team' }));
  const stalled = sender.agent('stalled', { state: 'busy', progresses: true });
  const flapping = sender.agent('flapping');
  sender.agent('claimed');
  const failing = sender.agent('failing');
  const unsure = sender.agent('unsure', { confidence: 0.9 });
  const unhealthy = sender.agent('unhealthy');
  const queues = [sender.agent('queue-1', { queueDepth: 0 }), sender.agent('queue-2', { queueDepth: 0 })];
  const sick = [1, 2, 3, 4].map((index) => sender.agent(`sick-${index}`, { session: 'sick' }));
  const dead = [1, 2, 3, 4].map((index) => sender.agent(`dead-${index}`, { session: 'dead' }));
  const asking = sender.agent('asking');
  const fine = ['search', 'model'].map((integration) => ({ integration, seconds: 0.05, fails: false }));
  asking.requests = fine;
  await waitFor(async () => (await stack.installation.fleet()).length >= 44, {
    what: 'all agents',
    timeoutMs: slowMs,
  });
  await passed(2_000);
  expect(looks.at(-1)).toMatchObject({ processor: new Set(), prometheus: new Set() });

  // Everything goes wrong.
  silent.beats = false;
  flapping.beats = false;
  for (const agent of exhausted) agent.state = 'exhausted';
  stalled.progresses = false;
  const other = startSender(otlp, 'host-1');
  other.agent('claimed');
  failing.operations = Array<boolean>(5).fill(true);
  unsure.confidence = 0.1;
  unhealthy.state = 'error';
  queues[0]!.queueDepth = 150;
  queues[1]!.queueDepth = 250;
  for (const agent of sick.slice(2)) agent.state = 'error';
  for (const agent of dead.slice(1)) agent.state = 'error';
  asking.requests = [
    { integration: 'search', seconds: 0.1, fails: true },
    { integration: 'model', seconds: 6, fails: false },
  ];
  sender.machine.cpu = far.machine.cpu = other.machine.cpu = 0.95;
  sender.machine.memory = far.machine.memory = other.machine.memory = 0.85;
  stack.sinks['processor → webhook'].answer({ status: 500 });
  await bothFire(['AgentLate info silent'], true);
  await bothFire(['AgentOffline critical silent', 'AgentOffline critical flapping'], true);
  flapping.beats = true;
  network.set('swallows');
  const wrong = [
    'AgentOffline critical silent',
    'AgentExhausted warning x-1',
    'AgentExhausted warning x-2',
    'AccountExhausted warning acme/team',
    'AgentStalled warning stalled',
    'AgentConflict warning claimed',
    'AgentErrorRateHigh warning failing',
    'AgentFailuresRecent warning failing',
    'AgentConfidenceLow warning unsure',
    'AgentUnhealthy warning unhealthy',
    'QueueDeep warning queue-1',
    'QueueDeep warning queue-2',
    'QueueDeep critical queue-2',
    'SessionDegraded warning sick',
    'SessionCritical critical dead',
    'IntegrationDown critical search',
    'IntegrationSlow warning model',
    'SystemCpuHigh warning system',
    'SystemCpuHigh critical system',
    'SystemMemoryHigh warning system',
    'TelemetryGap critical otlp/http:127.0.0.2',
    'NotificationsFailing warning webhook',
  ];
  await bothFire(['AgentFlapping warning flapping'], true);
  await bothFire(wrong, true);
  const seen = new Set(
    [...looks.flatMap(({ processor }) => [...processor])].map((name) => name.split(' ')[0]),
  );
  expect(
    judged.filter((name) => !seen.has(name)),
    'rules that never fired',
  ).toEqual([]);

  // And is well again.
  network.set('passes');
  stack.sinks['processor → webhook'].answer({ status: 200 });
  silent.beats = true;
  for (const agent of [...exhausted, unhealthy, ...sick, ...dead]) agent.state = 'idle';
  stalled.progresses = true;
  await other.stop();
  failing.operations = Array<boolean>(60).fill(false);
  unsure.confidence = 0.9;
  for (const queue of queues) queue.queueDepth = 0;
  asking.requests = fine;
  sender.machine.cpu = far.machine.cpu = 0.1;
  sender.machine.memory = far.machine.memory = 0.1;
  await bothFire([...wrong, 'AgentFlapping warning flapping', 'AgentLate info silent'], false);
  await waitFor(() => looks.at(-1)!.processor.size + looks.at(-1)!.prometheus.size === 0, {
    what: 'no alert',
    timeoutMs: slowMs,
  });
  isOver = true;
  await looking;

  const found = [...differences(looks)].toSorted(([, one], [, another]) => another - one);
  const gaps = looks.slice(1).map(({ atMs }, index) => atMs - looks[index]!.atMs);
  expect(Math.max(...gaps), 'a look was late: the machine is too busy to compare').toBeLessThan(
    agreeWithinMs,
  );
  expect(found.filter(([, ms]) => ms > agreeWithinMs + lookEveryMs + slackMs)).toEqual([]);
});
