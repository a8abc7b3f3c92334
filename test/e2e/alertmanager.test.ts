import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { startNotifications } from '../processor/notify/support.ts';
import { begin, newFile } from '../processor/store/support.ts';
import { type ListedSilence, listedAlerts, listedSilences } from '../support/alertmanager-api.ts';
import { alertmanagerConfig, alertmanagerFile, withExamples } from '../support/alertmanager-config.ts';
import { temporaryFolder } from '../support/folder.ts';
import { requireServer, runAmtool, startAlertmanager } from '../support/servers.ts';
import { waitFor } from '../support/wait.ts';
import { startWebhookSink } from '../support/webhook-sink.ts';

/** A real Alertmanager with the repository's configuration, and where its notifications go. */
async function start(context: TestContext, prefix = '') {
  requireServer(context, 'alertmanager');
  const sink = await startWebhookSink();
  const configFile = alertmanagerConfig(sink.url);
  const dataFolder = temporaryFolder();
  const alertmanager = await startAlertmanager({ configFile, prefix, dataFolder });
  return {
    sink,
    alertmanager,
    configFile,
    dataFolder,
    config: `{ alertmanager: { url: "${alertmanager.url}" } }`,
  };
}

const active = (silences: readonly ListedSilence[]) =>
  silences.filter(({ status }) => status.state === 'active');

describe('alertmanager.yml', () => {
  it.each(['as it stands', 'with all its examples'])('is taken by amtool %s', async (which) => {
    const text = readFileSync(alertmanagerFile, 'utf8');
    const file = join(temporaryFolder(), 'alertmanager.yml');
    const secrets = temporaryFolder();
    const whole = withExamples(text).replaceAll('/etc/alertmanager/secrets', secrets);
    writeFileSync(file, which === 'as it stands' ? text : whole);
    const { code, stdout, stderr } = await runAmtool(['check-config', file]);
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(whole.match(/^ {4}\w+_configs:$/gm)?.map((line) => line.trim())).toEqual([
      'webhook_configs:',
      'slack_configs:',
      'email_configs:',
      'pagerduty_configs:',
      'webhook_configs:',
    ]);
    expect(text).not.toMatch(/(?:api_url|routing_key|auth_password|[^_]url): \S/);
  });

  it.each([
    ['on-call', ['alertname=AgentOffline', 'severity=critical', 'scope=agent']],
    ['on-call', ['alertname=SessionCritical', 'severity=critical', 'scope=session']],
    ['team', ['alertname=QueueDeep', 'severity=warning', 'scope=agent']],
    ['team', ['alertname=AccountExhausted', 'severity=warning', 'scope=account']],
    ['nobody', ['alertname=AgentLate', 'severity=info', 'scope=agent']],
    ['watchdog', ['alertname=Watchdog', 'severity=none', 'scope=processor']],
  ])('routes to %s what is %j', async (receiver, labels) => {
    const args = [
      'config',
      'routes',
      'test',
      `--config.file=${alertmanagerFile}`,
      `--verify.receivers=${receiver}`,
    ];
    const { code, stdout, stderr } = await runAmtool([...args, ...labels]);
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(stdout.trim()).toBe(receiver);
  });
});

describe('a real Alertmanager', () => {
  it('is told what fires and when it is over, below a path, under the names that it gives itself', async (context) => {
    const { alertmanager, sink, config } = await start(context, '/monitoring/alerts');
    const { service } = await begin(newFile());
    const tested = await startNotifications(config, service);
    const alert = tested.fires('crawler "7" ü', { labels: { vitals_session_id: 'night' } });
    const [listed] = await waitFor(
      async () => {
        const all = await listedAlerts(alertmanager.url);
        return all.length > 0 ? all : undefined;
      },
      { what: 'the alert' },
    );
    expect(listed).toMatchObject({
      labels: alert.labels,
      annotations: { summary: 'Agent crawler "7" ü is offline' },
      startsAt: new Date(alert.firedAtMs!).toISOString(),
      generatorURL: 'http://vitals.example/api/health/agent/crawler%20%227%22%20%C3%BC',
      status: { state: expect.stringMatching(/active|unprocessed/) },
    });
    // As Prometheus does: four times the interval at which it is told again.
    expect(Date.parse(listed!.endsAt) - Date.now()).toBeGreaterThan(200_000);
    await waitFor(() => sink.requests.length === 1, { what: 'a notification' });
    tested.ends(alert);
    await waitFor(() => sink.requests.length === 2, { what: 'the end of it' });
    expect(sink.notifications.map(({ status }) => status)).toEqual(['firing', 'resolved']);
    expect(sink.requests.map(({ path }) => path)).toEqual(['/on-call', '/on-call']);
    expect(tested.count('sent')).toBe(2);
  });

  it('and the webhook without one write the same of the same alerts', async (context) => {
    const { sink, config } = await start(context);
    const own = await startWebhookSink();
    const { service } = await begin(newFile());
    const webhook = `webhook: { url: "${own.url}", group_wait: 100ms, group_interval: 100ms }`;
    const tested = await startNotifications(config.replace(/ }$/, `, ${webhook} }`), service);
    const labels = {
      vitals_session_id: 'night',
      vitals_agent_type: 'crawler',
      vitals_pipeline_name: 'ü "x"\\',
    };
    const nowMs = Math.floor(Date.now());
    const alerts = ['a-1', 'a-2'].map((subject) =>
      tested.fires(subject, { labels, activeAtMs: nowMs, firedAtMs: nowMs }),
    );
    const both = async (count: number) => {
      const have = () => sink.requests.length >= count && own.requests.length >= count;
      await waitFor(have, { what: `${count} notifications by both ways` });
      const [theirs, ours] = [sink, own].map(({ notifications }) => notifications[count - 1]!);
      const common = { receiver: '', externalURL: '', groupKey: '' };
      // Theirs has no zeros at the end of a fraction: 20:26:39.2Z is our 20:26:39.200Z.
      const moment = (timestamp: string) => Date.parse(timestamp);
      const sorted = (payload: typeof theirs) => ({
        ...payload!,
        ...common,
        alerts: payload!.alerts
          .map((alert) => ({ ...alert, startsAt: moment(alert.startsAt), endsAt: moment(alert.endsAt) }))
          .toSorted((one, other) => (one.fingerprint < other.fingerprint ? -1 : 1)),
      });
      expect(sorted(ours)).toEqual(sorted(theirs));
      // Theirs begins with its route's matchers.
      expect(theirs!.groupKey.endsWith(ours!.groupKey.replace(/^\{\}/, ''))).toBe(true);
    };
    await both(1);
    for (const alert of alerts) tested.ends({ ...alert });
    await both(2);
  });

  it('gets a silence for an acknowledgement, over a restart the same, and its end with the alert', async (context) => {
    const { alertmanager, sink, config } = await start(context);
    const path = newFile();
    const first = await begin(path);
    const before = await startNotifications(config, first.service);
    const alert = before.fires('a-1');
    const other = before.fires('a-2');
    await waitFor(() => sink.requests.length > 0, { what: 'a notification' });
    before.acknowledges(alert, 'looking into it');
    const silences = () => listedSilences(alertmanager.url);
    const [silence] = await waitFor(
      async () => {
        const all = active(await silences());
        return all.length > 0 ? all : undefined;
      },
      { what: 'a silence' },
    );
    expect(silence).toMatchObject({
      createdBy: 'ops',
      comment: `looking into it (agent-vitals, alert ${alert.id})`,
    });
    expect(Object.fromEntries(silence!.matchers.map(({ name, value }) => [name, value]))).toEqual({
      alertname: 'AgentOffline',
      severity: 'critical',
      subject: 'a-1',
    });
    const [listed] = (await listedAlerts(alertmanager.url)).filter(({ labels }) => labels.subject === 'a-1');
    expect(listed!.status).toMatchObject({ state: 'suppressed', silencedBy: [silence!.id] });
    await waitFor(async () => (await first.service.notifications()).silences.length === 1, {
      what: 'it kept',
    });
    await before.notifications.stop();
    await first.service.stop();

    const second = await begin(path);
    const after = await startNotifications(config, second.service, before.alerts);
    // The same again, and another comment: still the one silence.
    after.acknowledges(alert, 'looking into it');
    after.acknowledges(alert, 'found it', Date.now() + 3_600_000);
    await waitFor(async () => active(await silences())[0]?.comment.startsWith('found it'), {
      what: 'the comment',
    });
    expect((await silences()).map(({ id }) => id)).toEqual([silence!.id]);
    expect(Date.parse(active(await silences())[0]!.endsAt) - Date.now()).toBeLessThan(3_600_001);

    after.ends(alert);
    await waitFor(async () => active(await silences()).length === 0, { what: 'the end of the silence' });
    await waitFor(async () => (await second.service.notifications()).silences.length === 0, {
      what: 'it forgotten',
    });
    const ends = () =>
      sink.notifications.flatMap(({ alerts }) => alerts).filter(({ status }) => status === 'resolved');
    await waitFor(() => ends().length > 0, { what: 'the end of the alert' });
    expect(ends().map(({ labels }) => labels.subject)).toEqual(['a-1']);
    expect(other.state).toBe('firing');
  });

  it('has no second silence where the processor died before it kept the first', async (context) => {
    const { alertmanager, config } = await start(context);
    const first = await begin(newFile());
    const before = await startNotifications(config, first.service);
    before.acknowledges(before.fires('a-1'));
    await waitFor(async () => active(await listedSilences(alertmanager.url)).length === 1, {
      what: 'a silence',
    });
    await before.notifications.stop();
    // Another file: nothing is known of the silence.
    const second = await begin(newFile());
    const after = await startNotifications(config, second.service, before.alerts);
    await waitFor(async () => (await second.service.notifications()).silences.length === 1, {
      what: 'it adopted',
    });
    expect(await listedSilences(alertmanager.url)).toHaveLength(1);
    expect(after.lines).toEqual([]);
  });

  it('is told after it was away, and gets its silences anew where it lost them', async (context) => {
    const { alertmanager, sink, config, configFile } = await start(context);
    const { service } = await begin(newFile());
    const tested = await startNotifications(config, service);
    const alert = tested.fires('a-1');
    tested.acknowledges(alert);
    await waitFor(async () => active(await listedSilences(alertmanager.url)).length === 1, {
      what: 'a silence',
    });
    await alertmanager.stop();
    tested.fires('a-2');
    await waitFor(() => tested.count('failed') > 0, { what: 'a failure' });
    expect(tested.notifications.isFailing('alertmanager')).toBe(true);
    const again = await startAlertmanager({ configFile, port: Number(new URL(alertmanager.url).port) });
    await waitFor(() => !tested.notifications.isFailing('alertmanager'), { what: 'success' });
    await waitFor(
      async () => (await listedAlerts(again.url)).some(({ labels }) => labels.subject === 'a-2'),
      { what: 'a-2' },
    );
    tested.acknowledges(alert, 'again');
    await waitFor(async () => active(await listedSilences(again.url)).length === 1, { what: 'a silence' });
    const told = tested.lines.filter((line) => line.includes('notifications'));
    expect(told[0]).toContain('notifications do not arrive: they are tried again');
    expect(told.at(-1)).toContain('notifications arrive again');
    expect(sink.requests.length).toBeGreaterThan(0);
  });

  it('that Prometheus sends our alerts to as well is said once', async (context) => {
    const { alertmanager, config } = await start(context);
    const watchdog = {
      labels: { alertname: 'Watchdog', severity: 'none', scope: 'processor', subject: 'processor' },
    };
    await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([watchdog]),
    });
    const { service } = await begin(newFile());
    const tested = await startNotifications(config, service);
    const said = () => tested.lines.filter((line) => line.includes('use one of the two paths'));
    await waitFor(() => said().length > 0, { what: 'a warning' });
    expect(said()).toHaveLength(1);
    expect(said()[0]).toContain('key=alerts.alertmanager.url');
  });
});
