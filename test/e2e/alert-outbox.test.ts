import { setTimeout as passed } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startInstallation } from '../support/installation.ts';
import { waitFor } from '../support/wait.ts';
import { startWebhookSink } from '../support/webhook-sink.ts';

const intervalMs = 500;

it('a notification that nobody has answered when the processor is killed goes out again under its own key', async () => {
  const sink = await startWebhookSink();
  sink.answer('never');
  const installation = await startInstallation(`
liveness: { late_after: 1s, offline_after: 3s, failover_grace: 1s }
alerts:
  rules: { AgentOffline: { keep_firing_for: 5s } }
  webhook: { url: "${sink.url.replace('://', '://vitals:s3cret@')}/hook", group_wait: 200ms, group_interval: 500ms }
`);
  const living = { 'a-1': 'idle', 'a-2': 'idle', 'a-3': 'idle', 'a-4': 'idle', 'a-5': 'idle' };
  installation.agents(installation.otlp, living, intervalMs);
  const doomed = installation.agents(installation.otlp, { doomed: 'busy' }, intervalMs);
  await installation.see({ ...living, doomed: 'busy' });
  await doomed.stop('SIGKILL');
  await waitFor(() => sink.requests.length === 1, { what: 'the notification' });
  await installation.end('SIGKILL');
  const logs = [installation.processor.output];
  sink.answer({ status: 200 });
  await installation.start();
  await waitFor(() => sink.requests.length === 2, { what: 'it again' });
  const [first, second] = sink.requests;
  expect(second!.headers['idempotency-key']).toBe(first!.headers['idempotency-key']);
  expect(second!.text).toBe(first!.text);
  expect(sink.notifications[0]!.alerts.map(({ labels }) => labels.subject)).toEqual(['doomed']);

  // Once it was taken, a kill changes nothing any more.
  await waitFor(
    async () => (await installation.metric(/^vitals_processor_notifications_total.*"sent"/)) === 1,
    {
      what: 'it counted',
    },
  );
  await passed(1_000);
  await installation.end('SIGKILL');
  logs.push(installation.processor.output);
  await installation.start();
  await installation.see({ ...living, doomed: 'offline' });
  await passed(4_000);
  expect(sink.requests).toHaveLength(2);
  installation.agents(installation.otlp, { doomed: 'busy' }, intervalMs);
  await waitFor(() => sink.requests.length === 3, { what: 'its end' });
  expect(sink.notifications[2]).toMatchObject({
    status: 'resolved',
    alerts: [{ labels: { subject: 'doomed' } }],
  });
  await passed(2_000);
  expect(sink.requests).toHaveLength(3);
  logs.push(installation.processor.output, await (await fetch(`${installation.http}/metrics`)).text());
  expect(logs.join('')).not.toContain('s3cret');
  expect(sink.requests[0]!.headers.authorization).toBe(`Basic ${btoa('vitals:s3cret')}`);
});
