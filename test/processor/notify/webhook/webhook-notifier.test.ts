import { describe, expect, it } from 'vitest';
import type { WebhookPayload } from '../../../../src/processor/notify/webhook/webhook-payload.ts';
import { anAlert } from '../../../support/an-alert.ts';
import { waitFor } from '../../../support/wait.ts';
import { startWebhookSink, type WebhookSink } from '../../../support/webhook-sink.ts';
import { begin, newFile } from '../../store/support.ts';
import { startNotifications, type TestedNotifications } from '../support.ts';

const quick = 'group_wait: 20ms, group_interval: 200ms';
const to = (sink: { url: string }, more = '') => `{ webhook: { url: "${sink.url}/hook", ${quick}${more} } }`;

const requests = (sink: WebhookSink, count: number) =>
  waitFor(() => sink.requests.length >= count, { what: `${count} requests` });

const subjects = ({ alerts }: WebhookPayload) =>
  alerts.map(({ labels, status }) => `${labels.subject} ${status}`);

const outcome = (tested: TestedNotifications, name: Parameters<TestedNotifications['count']>[0], count = 1) =>
  waitFor(() => tested.count(name) >= count, { what: `${count} ${name}` });

describe('the webhook', () => {
  it('gets a notification as Alertmanager writes it, and another one when it is over', async () => {
    const sink = await startWebhookSink();
    const { service } = await begin(newFile());
    const tested = await startNotifications(to(sink), service);
    const alert = tested.fires('a/1', { labels: { vitals_session_id: 'night' } });
    await requests(sink, 1);
    tested.ends(alert);
    await requests(sink, 2);
    const [first, second] = sink.notifications;
    const labels = {
      alertname: 'AgentOffline',
      severity: 'critical',
      scope: 'agent',
      subject: 'a/1',
      vitals_agent_id: 'a/1',
      vitals_session_id: 'night',
    };
    const annotations = {
      summary: 'Agent a/1 is offline',
      description: 'No sign of life of a/1.',
      runbook_url: 'https://runbook.example/#agentoffline',
    };
    expect(first).toEqual({
      version: '4',
      groupKey: '{}:{scope="agent", vitals_session_id="night"}',
      truncatedAlerts: 0,
      status: 'firing',
      receiver: 'agent-vitals',
      groupLabels: { scope: 'agent', vitals_session_id: 'night' },
      commonLabels: labels,
      commonAnnotations: annotations,
      externalURL: 'http://vitals.example',
      alerts: [
        {
          status: 'firing',
          labels,
          annotations,
          startsAt: new Date(alert.firedAtMs!).toISOString(),
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: 'http://vitals.example/api/health/agent/a%2F1',
          fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        },
      ],
    });
    expect(second).toMatchObject({ status: 'resolved', groupKey: first!.groupKey });
    const [over] = second!.alerts;
    expect(over).toMatchObject({ status: 'resolved', startsAt: first!.alerts[0]!.startsAt });
    expect(Date.parse(over!.endsAt)).toBeGreaterThanOrEqual(Date.parse(over!.startsAt));
    expect(sink.requests[0]).toMatchObject({
      method: 'POST',
      path: '/hook',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    });
    await outcome(tested, 'sent', 2);
    expect(tested.count('sent')).toBe(2);
  });

  it('has in common labels and annotations what all of a group share', async () => {
    const sink = await startWebhookSink();
    const { service } = await begin(newFile());
    const tested = await startNotifications(to(sink), service);
    tested.fires('a-1');
    tested.fires('a-2');
    await requests(sink, 1);
    const [{ commonLabels, commonAnnotations, alerts }] = sink.notifications as [WebhookPayload];
    expect(alerts).toHaveLength(2);
    expect(commonLabels).toEqual({ alertname: 'AgentOffline', severity: 'critical', scope: 'agent' });
    expect(commonAnnotations).toEqual({ runbook_url: 'https://runbook.example/#agentoffline' });
  });

  it('gets the same notification again with the same key while it answers 5xx, and no other', async () => {
    const sink = await startWebhookSink();
    const { service } = await begin(newFile());
    sink.answer({ status: 503 });
    const tested = await startNotifications(to(sink), service);
    tested.fires('a-1');
    await requests(sink, 2);
    expect(tested.notifications.isFailing('webhook')).toBe(true);
    sink.answer({ status: 200 });
    await outcome(tested, 'sent');
    const [first, ...others] = sink.requests;
    for (const { text, headers } of others) {
      expect(text).toBe(first!.text);
      expect(headers['idempotency-key']).toBe(first!.headers['idempotency-key']);
    }
    expect(tested.notifications.isFailing('webhook')).toBe(false);
    expect(tested.lines.filter((line) => line.includes('do not arrive'))).toHaveLength(1);
    expect(tested.lines.join('')).toMatch(
      /do not arrive.* url=http:\/\/127\.0\.0\.1:\d+ why="answered with status 503"/,
    );
    expect(tested.lines.join('')).toContain('notifications arrive again');
  });

  it('is left in peace for as long as it asks', async () => {
    const sink = await startWebhookSink();
    const { service } = await begin(newFile());
    sink.answer({ status: 429, headers: { 'retry-after': '3' } });
    const tested = await startNotifications(to(sink), service);
    tested.fires('a-1');
    await requests(sink, 1);
    sink.answer({ status: 200 });
    await outcome(tested, 'sent');
    const [first, second] = sink.requests;
    expect(second!.atEpochMs - first!.atEpochMs).toBeGreaterThanOrEqual(2_990);
  });

  it('that refuses gets no second attempt, but what fires with the next notification', async () => {
    const sink = await startWebhookSink();
    const { service } = await begin(newFile());
    sink.answer({ status: 404 });
    const tested = await startNotifications(to(sink), service);
    tested.fires('a-1');
    await outcome(tested, 'refused');
    expect(tested.notifications.isFailing('webhook')).toBe(true);
    sink.answer({ status: 200 });
    await outcome(tested, 'sent');
    expect(sink.requests).toHaveLength(2);
    const [first, second] = sink.requests;
    expect(second!.headers['idempotency-key']).not.toBe(first!.headers['idempotency-key']);
    expect(second!.atEpochMs - first!.atEpochMs).toBeGreaterThanOrEqual(180);
    expect(sink.notifications.map(subjects)).toEqual([['a-1 firing'], ['a-1 firing']]);
    expect(tested.lines.filter((line) => line.includes('are refused'))).toHaveLength(1);
    const written = await service.notifications();
    await waitFor(async () => (await service.notifications()).queued.length === 0, {
      what: 'an empty outbox',
    });
    expect(written.told).not.toBe('');
  });

  it('gets what is true now, not what was, when it can be reached again', async () => {
    const sink = await startWebhookSink();
    const port = Number(new URL(sink.url).port);
    const { service } = await begin(newFile());
    sink.close();
    const tested = await startNotifications(to(sink), service);
    const over = tested.fires('a-1');
    await outcome(tested, 'failed');
    tested.ends(over);
    tested.fires('a-2');
    const again = await startWebhookSink(port);
    await outcome(tested, 'sent');
    expect(again.notifications.map(subjects)).toEqual([['a-2 firing', 'a-1 resolved']]);
    expect(tested.notifications.figures).toMatchObject([
      { receiver: 'webhook', waiting: 0, isFailing: false },
    ]);
  });

  it('that does not answer holds up nobody, and is asked again', async () => {
    const sink = await startWebhookSink();
    const { service } = await begin(newFile());
    sink.answer('never');
    const tested = await startNotifications(to(sink, ', timeout: 100ms'), service);
    tested.fires('a-1');
    await outcome(tested, 'failed');
    expect(tested.lines.join('')).toContain('no answer within 100 ms');
    sink.answer({ status: 200 });
    await outcome(tested, 'sent');
  });

  it('gets what waited after a restart, with the same key, and nothing twice', async () => {
    const sink = await startWebhookSink();
    sink.answer({ status: 500 });
    const path = newFile();
    const first = await begin(path);
    const before = await startNotifications(to(sink), first.service);
    before.fires('a-1');
    await requests(sink, 1);
    await before.notifications.stop();
    await first.service.stop();

    sink.answer({ status: 200 });
    const second = await begin(path);
    const after = await startNotifications(to(sink), second.service, before.alerts);
    await outcome(after, 'sent');
    const keys = new Set(sink.requests.map(({ headers }) => headers['idempotency-key']));
    expect(keys.size).toBe(1);
    expect(new Set(sink.requests.map(({ text }) => text)).size).toBe(1);
    await second.service.flushed();
    await after.notifications.stop();
    await second.service.stop();

    // What was told stays told; what is over since is.
    const third = await begin(path);
    const count = sink.requests.length;
    const last = await startNotifications(to(sink), third.service, after.alerts);
    last.ends([...after.alerts.values()][0]!);
    await outcome(last, 'sent');
    expect(sink.notifications.slice(count).map(subjects)).toEqual([['a-1 resolved']]);
    await waitFor(async () => (await third.service.notifications()).told === '', { what: 'nothing told' });
  });

  it('hears after a restart of what was resolved meanwhile, and of what nobody knows any more nothing', async () => {
    const sink = await startWebhookSink();
    const path = newFile();
    const first = await begin(path);
    const before = await startNotifications(to(sink), first.service);
    const known = before.fires('a-1');
    const forgotten = before.fires('a-2');
    await outcome(before, 'sent');
    await before.notifications.stop();
    await first.service.stop();
    const alerts = before.alerts;
    alerts.set(known.id, { ...known, state: 'resolved', resolvedAtMs: known.firedAtMs });
    alerts.delete(forgotten.id);
    const second = await begin(path);
    const after = await startNotifications(to(sink), second.service, alerts);
    await outcome(after, 'sent');
    expect(sink.notifications.map(subjects)).toEqual([['a-1 firing', 'a-2 firing'], ['a-1 resolved']]);
    await waitFor(async () => (await second.service.notifications()).told === '', { what: 'nothing told' });
  });

  it('is told of a storm in few notifications that list no more than they may', async () => {
    const sink = await startWebhookSink();
    const { service } = await begin(newFile());
    const tested = await startNotifications(to(sink, ', max_alerts: 10'), service);
    for (let index = 0; index < 5_000; index++) tested.fires(`a-${index}`);
    await outcome(tested, 'sent');
    const [{ alerts, truncatedAlerts }] = sink.notifications as [WebhookPayload];
    expect(alerts).toHaveLength(10);
    expect(truncatedAlerts).toBe(4_990);
    for (const alert of [...tested.alerts.values()]) tested.ends(alert);
    await outcome(tested, 'sent', 2);
    expect(sink.notifications[1]).toMatchObject({ status: 'resolved', truncatedAlerts: 4_990 });
    expect(sink.requests).toHaveLength(2);
  });

  it('is never named with its path or credentials in the log', async () => {
    const sink = await startWebhookSink();
    const { service } = await begin(newFile());
    sink.answer({ status: 403, body: 'user:s3cret /services/T0/secret-path' });
    const url = sink.url.replace('://', '://user:s3cret@');
    const tested = await startNotifications(
      `{ webhook: { url: "${url}/services/T0/secret-path", ${quick} } }`,
      service,
    );
    tested.fires('a-1');
    await outcome(tested, 'refused');
    expect(sink.requests[0]!.headers.authorization).toBe(`Basic ${btoa('user:s3cret')}`);
    sink.close();
    tested.fires('a-2');
    await outcome(tested, 'failed');
    expect(tested.lines.length).toBeGreaterThan(1);
    expect(tested.lines.join('')).not.toMatch(/s3cret|secret-path|dXNlc/);
  });

  it('tells of infos nothing, and of two alerts of one subject the worse one', async () => {
    const sink = await startWebhookSink();
    const { service } = await begin(newFile());
    const tested = await startNotifications(to(sink), service);
    const queue = anAlert({ name: 'QueueDeep', severity: 'warning' });
    tested.fires('a-1', { name: 'AgentLate', severity: 'info' });
    tested.fires('a-1', { name: 'QueueDeep', severity: 'warning', labels: queue.labels });
    tested.fires('a-1', { name: 'QueueDeep', severity: 'critical' });
    await requests(sink, 1);
    expect(sink.notifications[0]!.alerts.map(({ labels }) => labels.severity)).toEqual(['critical']);
  });
});
