import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, loadConfig, readConfigFile } from '../../../src/processor/config/index.ts';
import { configKeys, type KeyDefinition } from '../../../src/processor/config/keys.ts';
import { loadConfigBy } from '../../../src/processor/config/load-config.ts';

const good = (name: string) =>
  fileURLToPath(new URL(`../../testdata/config/good/${name}.yaml`, import.meta.url));
const defaults = loadConfig({ env: {} }).config;

describe('the defaults', () => {
  test('are what a real fleet needs, in units that the names tell', () => {
    expect(defaults).toMatchObject({
      name: 'agent-vitals',
      receivers: {
        otlp: {
          http: {
            endpoint: { host: '127.0.0.1', port: 4318 },
            maxBodyBytes: 20 * 2 ** 20,
            maxInflatedBytes: 64 * 2 ** 20,
          },
          grpc: { endpoint: { host: '127.0.0.1', port: 4317 } },
        },
      },
      http: { endpoint: { host: '127.0.0.1', port: 8080 } },
      auth: { tokens: [] },
      store: { path: './data/agent-vitals.db', snapshotIntervalMs: 5_000 },
      liveness: {
        lateAfterMs: 30_000,
        offlineAfterMs: 120_000,
        missedBeats: 3,
        stalledAfterMs: 900_000,
        failoverGraceMs: 120_000,
        gapRatio: 0.5,
        gapHoldMs: 300_000,
        flapThreshold: 5,
        flapWindowMs: 600_000,
        forgetAfterMs: 7 * 86_400_000,
        forgetStoppedAfterMs: 3_600_000,
        observedForgetAfterMs: 3_600_000,
        maxLeaseMs: 86_400_000,
        overrides: [],
      },
      exhaustion: { defaultRecovery: { rateLimitMs: 5 * 3_600_000, billingMs: 5 * 3_600_000 } },
      exposition: { maxSeries: 300_000, detailedSessions: 1_000 },
      limits: { maxAgents: 1_000_000, maxSessions: 100_000, maxIntegrations: 10_000, maxLabelLength: 256 },
      agents: [],
    });
  });

  test.for(['empty', 'comments-only', 'document-marker-only', 'sections-without-content', 'all-defaults'])(
    'are what a file says that is %s',
    (name) => {
      expect(loadConfig({ file: good(name), env: {} })).toEqual({ config: defaults, warnings: [] });
    },
  );
});

describe('a file of settings', () => {
  const env = { SECRETS: '/etc/secrets', STORE: '/var/lib/vitals.db', HTTP_HOST: '' };
  const { config, warnings } = loadConfig({ file: good('small-fleet'), env });

  test('is read as it is written', () => {
    expect(config.name).toBe('west-1');
    expect(config.receivers.otlp.http).toEqual({
      endpoint: { host: '::1', port: 14318 },
      maxBodyBytes: 2 ** 20,
      maxInflatedBytes: 64 * 2 ** 20,
    });
    expect(config.auth.tokens).toEqual([
      { name: 'agents', role: 'ingest', tokenFile: '/run/secrets/agents' },
      { name: 'grafana', role: 'read', tokenFile: '/etc/secrets/grafana' },
    ]);
    expect(config.store).toMatchObject({ path: '/var/lib/vitals.db', snapshotIntervalMs: 500 });
    expect(config.liveness).toMatchObject({ lateAfterMs: 90_000, offlineAfterMs: 3_600_000, gapRatio: 0.25 });
    expect(config.liveness.overrides).toEqual([
      {
        match: { id: undefined, session: 'nightly', type: 'crawler' },
        offlineAfterMs: 600_000,
        stalledAfterMs: undefined,
      },
      {
        match: { id: '007', session: undefined, type: undefined },
        offlineAfterMs: undefined,
        stalledAfterMs: 5_400_000,
      },
    ]);
    expect(config.exhaustion.defaultRecovery).toEqual({ rateLimitMs: 18_000_000, billingMs: null });
    expect(warnings).toEqual([]);
  });

  test('falls back where a variable is empty', () => {
    expect(config.http.endpoint).toEqual({ host: 'localhost', port: 18080 });
  });

  test('declares agents, whose ids stay as they were written', () => {
    expect(config.agents.map(({ id }) => id)).toEqual(['007', 'crawler-1', 'true']);
    expect(config.agents[0]).toEqual({
      id: '007',
      name: '1.10',
      description: undefined,
      kind: 'agent',
      peers: ['crawler-1', 'crawler-2'],
      session: 'nightly',
      type: 'crawler',
      schema: undefined,
      liveness: { offlineAfterMs: 300_000, stalledAfterMs: 1_800_000 },
    });
    expect(config.agents[1]?.peers).toEqual(['crawler-1', 'crawler-2']);
    expect(config.agents[2]).toMatchObject({ peers: [], name: undefined });
  });
});

describe('the environment', () => {
  test('wins over the file, which wins over the defaults', () => {
    const { config } = loadConfig({
      text: 'liveness: { late_after: 20s, offline_after: 90s }',
      env: {
        AGENT_VITALS_LIVENESS_OFFLINE_AFTER: '60s',
        AGENT_VITALS_RECEIVERS_OTLP_HTTP_MAX_BODY: '1MiB',
        PATH: '/bin',
      },
    });
    expect(config.liveness).toMatchObject({
      lateAfterMs: 20_000,
      offlineAfterMs: 60_000,
      stalledAfterMs: 900_000,
    });
    expect(config.receivers.otlp.http.maxBodyBytes).toBe(2 ** 20);
  });

  test('gives lists and maps as YAML', () => {
    const { config } = loadConfig({
      text: 'agents: [{ id: z }]',
      env: { AGENT_VITALS_AGENTS: '[{ id: a, peers: [b] }, { id: b }]' },
    });
    expect(config.agents.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('is taken as it is: references are for files', () => {
    const text = `$\{env:HOME}`;
    expect(loadConfig({ env: { AGENT_VITALS_NAME: text, HOME: '/root' } }).config.name).toBe(text);
  });

  test.for([
    {
      env: { AGENT_VITALS_LIVENESS_OFLINE_AFTER: '60s' },
      says: 'Cannot use AGENT_VITALS_LIVENESS_OFLINE_AFTER as a variable that begins with AGENT_VITALS_ must name a key: did you mean AGENT_VITALS_LIVENESS_OFFLINE_AFTER?',
    },
    {
      env: { AGENT_VITALS_ZZZ: '1' },
      says: 'Cannot use AGENT_VITALS_ZZZ as a variable that begins with AGENT_VITALS_ must name a key: remove it or see docs/configuration.md',
    },
    {
      env: { AGENT_VITALS_LIVENESS: '{ late_after: 3s }' },
      says: 'Cannot use AGENT_VITALS_LIVENESS as a variable that begins with AGENT_VITALS_ must name a key: did you mean AGENT_VITALS_LIVENESS_LATE_AFTER?',
    },
    {
      env: { AGENT_VITALS_NAME: '' },
      says: 'Cannot use name as it must be a text that is not empty: current value is empty',
    },
    {
      env: { AGENT_VITALS_LIVE_UPDATE_INTERVAL: '5s' },
      says: 'Cannot use live.update_interval as its feature is not built yet and it must stay at its default (30s) until then: current value is 5s',
    },
    {
      env: { AGENT_VITALS_AGENTS: '[{ id: a }, { id: a }]' },
      says: 'Cannot use agents[1].id as it must differ from agents[0].id: current value is a',
    },
  ])('is checked: $says', ({ env, says }) => {
    const [problem, ...more] = problemsOf(() => loadConfig({ env: env as Record<string, string> }));
    expect(problem).toMatchObject({ variable: Object.keys(env)[0], message: says });
    expect(more).toEqual([]);
  });

  test('a slip in the file is told though the environment wins', () => {
    const load = () => loadConfig({ text: 'name: ""', env: { AGENT_VITALS_NAME: 'fine' } });
    expect(problemsOf(load)).toMatchObject([{ line: 1, key: 'name' }]);
  });

  test("what Kubernetes and Docker set for a Service of the product's name is nobody's slip", () => {
    const env = {
      AGENT_VITALS_SERVICE_HOST: '10.0.0.7',
      AGENT_VITALS_SERVICE_PORT: '8080',
      AGENT_VITALS_SERVICE_PORT_OTLP_HTTP: '4318',
      AGENT_VITALS_PORT: 'tcp://10.0.0.7:8080',
      AGENT_VITALS_PORT_8080_TCP: 'tcp://10.0.0.7:8080',
      AGENT_VITALS_PORT_8080_TCP_ADDR: '10.0.0.7',
      AGENT_VITALS_GRAFANA_SERVICE_HOST: '10.0.0.8',
      AGENT_VITALS_GRAFANA_PORT: 'tcp://10.0.0.8:3000',
    };
    expect(loadConfig({ env })).toEqual({ config: defaults, warnings: [] });
  });

  test('nor is what the SDK leaves to processes that an agent starts', () => {
    expect(loadConfig({ env: { AGENT_VITALS_CLAIMED: '123\nwriter' } })).toEqual({
      config: defaults,
      warnings: [],
    });
  });

  test('variables of other names earn one warning while their features are not built', () => {
    const env = { HEALTH_POLLING_INTERVAL: '10', HEALTH_POLLING_ENABLED: 'false' };
    expect(loadConfig({ env })).toEqual({
      config: defaults,
      warnings: [
        'HEALTH_POLLING_INTERVAL, HEALTH_POLLING_ENABLED have no effect: the feature is not built yet',
      ],
    });
  });

  test('variables of other names set the thresholds of alerts, and our own win', () => {
    const env = {
      ALERT_ERROR_RATE_THRESHOLD: '0.25',
      ALERT_LATENCY_THRESHOLD: '2500',
      ALERT_QUEUE_DEPTH_THRESHOLD: '40',
    };
    const { rules } = loadConfig({ text: 'alerts: { rules: { QueueDeep: { for: 5m } } }', env }).config
      .alerts;
    expect(rules.AgentErrorRateHigh.threshold).toBe(0.25);
    expect(rules.IntegrationSlow.thresholdMs).toBe(2500);
    expect(rules.QueueDeep).toMatchObject({ forMs: 300_000, threshold: { warning: 40, critical: 80 } });
    const own = { ...env, AGENT_VITALS_ALERTS_RULES_QUEUEDEEP_THRESHOLD_CRITICAL: '1000' };
    expect(loadConfig({ env: own }).config.alerts.rules.QueueDeep.threshold).toEqual({
      warning: 40,
      critical: 1000,
    });
    for (const [variable, text, mustBe] of [
      ['ALERT_ERROR_RATE_THRESHOLD', '50%', 'a number'],
      ['ALERT_ERROR_RATE_THRESHOLD', '50', 'at most 1'],
      ['ALERT_LATENCY_THRESHOLD', '-1', 'at least 0'],
      ['ALERT_QUEUE_DEPTH_THRESHOLD', 'many', 'a whole number'],
      ['ALERT_QUEUE_DEPTH_THRESHOLD', '0', 'at least 1'],
    ] as const) {
      expect(problemsOf(() => loadConfig({ env: { [variable]: text } }))).toMatchObject([
        { variable, message: `Cannot use ${variable} as it must be ${mustBe}: current value is "${text}"` },
      ]);
    }
  });
});

describe('once everything is built', () => {
  const built: Readonly<Record<string, KeyDefinition>> = Object.fromEntries(
    Object.entries<KeyDefinition>(configKeys).map(([path, definition]) => [
      path,
      { ...definition, built: true },
    ]),
  );
  const load = (text: string, env: Record<string, string> = {}) => loadConfigBy(built, { text, env }).config;

  test('keys that are refused today are read', () => {
    expect(load('history: { detailed_agents: 5 }').history.detailedAgents).toBe(5);
    expect(
      load('export: { otlp: { endpoint: "https://x.example/", headers: { a: b } } }').export.otlp,
    ).toEqual({
      endpoint: 'https://x.example/',
      headers: { a: 'b' },
    });
    expect(load('store: { store_payloads: true }').store.storePayloads).toBe(true);
  });

  test('what several agents share an alert for begins with two of them', () => {
    expect(
      load('alerts: { rules: { AccountExhausted: { threshold: 2 } } }').alerts.rules.AccountExhausted
        .threshold,
    ).toBe(2);
    expect(problemsOf(() => load('alerts: { rules: { AccountExhausted: { threshold: 1 } } }'))).toMatchObject(
      [{ message: expect.stringContaining('must be at least 2: current value is 1') }],
    );
  });

  test('the schema of an agent is kept as it is', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what must not be looked up
    const schema = { type: 'object', properties: { url: { type: 'string', pattern: '^${env:LITERAL}' } } };
    expect(load(JSON.stringify({ agents: [{ id: 'a', schema }] })).agents[0]?.schema).toEqual(schema);
  });

  test('HEALTH_POLLING_INTERVAL sets live.update_interval in seconds, and our own variable wins', () => {
    expect(load('', { HEALTH_POLLING_INTERVAL: '10' }).live.updateIntervalMs).toBe(10_000);
    const both = { HEALTH_POLLING_INTERVAL: '10', AGENT_VITALS_LIVE_UPDATE_INTERVAL: '20s' };
    expect(load('', both).live.updateIntervalMs).toBe(20_000);
    expect(problemsOf(() => load('', { HEALTH_POLLING_INTERVAL: 'often' }))).toMatchObject([
      {
        variable: 'HEALTH_POLLING_INTERVAL',
        message: 'Cannot use HEALTH_POLLING_INTERVAL as it must be a number: current value is "often"',
      },
    ]);
  });

  test.for([
    ['receivers: { otlp: { grpc: { endpoint: "127.0.0.1:8080" } } }', 'http.endpoint'],
    ['receivers: { otlp: { grpc: { endpoint: "0.0.0.0:4317" } } }', 'receivers.otlp.grpc.endpoint'],
    ['health: { degraded_at: 0.9 }', 'health.degraded_at'],
    ['http: { allowed_hosts: ["https://vitals.example.com"] }', 'http.allowed_hosts'],
    ['http: { allowed_hosts: [vitals.example.com, "vitals.example.com:8080"] }', 'http.allowed_hosts'],
    ['store: { minute_retention: 90d, hour_retention: 30d }', 'store.minute_retention'],
    ['tls: { cert_file: ./cert.pem }', 'tls.key_file'],
    ['tls: { key_file: ./key.pem }', 'tls.cert_file'],
    ['alerts: { webhook: { url: "ftp://x" } }', 'alerts.webhook.url'],
    [
      'health: { weights: { availability: 0, success: 0, confidence: 0, latency: 0, resources: 0, integrations: 0 } }',
      'health.weights',
    ],
  ] as const)('%s is refused', ([text, key]) => {
    expect(problemsOf(() => load(text))).toMatchObject([{ key }]);
  });
});

describe('where alerts are sent', () => {
  const alertmanager = 'alertmanager: { url: "http://am.example:9093" }';
  const webhook = 'webhook: { url: "http://hook.example/x" }';
  const warningsOf = (...sections: string[]) =>
    loadConfig({ text: `alerts: { ${sections.join(', ')} }`, env: {} }).warnings;

  test('one place is fine, two are said', () => {
    expect(warningsOf(alertmanager)).toEqual([]);
    expect(warningsOf(webhook)).toEqual([]);
    expect(warningsOf(alertmanager, webhook)).toEqual([
      'alerts.alertmanager.url and alerts.webhook.url are both set: each alert is told twice; keep one of them',
    ]);
  });

  test('credentials are shown in no message', () => {
    for (const url of ['ftp://user:s3cret@x', 'htp://user:s3c/r@et@x/y']) {
      const text = `alerts: { alertmanager: { url: "${url}" }, webhook: { url: "${url}" } }`;
      const told = problemsOf(() => loadConfig({ text, env: {} })).map(({ message }) => message);
      expect(told).toHaveLength(2);
      expect(told.join()).not.toMatch(/user|s3c|r@et/);
    }
  });
});

describe('listeners', () => {
  const tokens =
    'auth: { tokens: [{ name: i, role: ingest, token_file: ./i }, { name: r, role: read, token_file: ./r }] }\n';
  const load = (otlp: string, http: string) =>
    loadConfig({
      text: `${tokens}receivers: { otlp: { http: { endpoint: "${otlp}" } } }\nhttp: { endpoint: "${http}" }`,
      env: {},
    });

  test.for([
    ['127.0.0.1:5000', '0.0.0.0:5000'],
    ['[::]:5000', '127.0.0.1:5000'],
    ['localhost:5000', '[::1]:5000'],
    ['vitals.example:5000', 'Vitals.example:5000'],
  ] as const)('%s and %s take the same port', ([otlp, http]) => {
    expect(problemsOf(() => load(otlp, http))).toMatchObject([{ key: 'http.endpoint' }]);
  });

  test.for([
    ['127.0.0.1:0', '127.0.0.1:0'],
    ['127.0.0.1:5000', '127.0.0.2:5000'],
    ['0.0.0.0:5000', '[::1]:5000'],
    ['0.0.0.0:4318', '[::]:8080'],
  ] as const)('%s and %s go together', ([otlp, http]) => {
    expect(load(otlp, http).warnings).toEqual([]);
  });

  test('a key that could not be read is not blamed for its default as well', () => {
    const text =
      'http: { endpoint: "127.0.0.1:4318" }\nreceivers: { otlp: { http: { endpoint: "127.0.0.1:x" } } }';
    expect(problemsOf(() => loadConfig({ text, env: {} })).map(({ key }) => key)).toEqual([
      'receivers.otlp.http.endpoint',
    ]);
    const unreadTokens =
      'http: { endpoint: "0.0.0.0:80" }\nauth: { tokens: [{ name: a, role: x, token_file: b }] }';
    expect(problemsOf(() => loadConfig({ text: unreadTokens, env: {} })).map(({ key }) => key)).toEqual([
      'auth.tokens[0].role',
    ]);
  });

  test('tokens that shut everybody out of one of them earn a warning', () => {
    const only = (role: string) =>
      loadConfig({ text: `auth: { tokens: [{ name: a, role: ${role}, token_file: ./a }] }`, env: {} })
        .warnings;
    expect(only('ingest')).toEqual([
      'auth.tokens has no token of role read or operator: nobody can read from 127.0.0.1:8080',
    ]);
    expect(only('operator')).toEqual([
      'auth.tokens has no token of role ingest: nobody can send telemetry to 127.0.0.1:4318',
    ]);
  });
});

describe('the file itself', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is named in messages as it was given', () => {
    const file = join(folder, 'typo.yaml');
    writeFileSync(file, 'liveness:\n  late_after: soon\nnmae: x\n');
    expect(() => loadConfig({ file, env: { AGENT_VITALS_X: '' } })).toThrow(
      `Cannot use ${file} as 3 problems must be fixed:\n` +
        `  ${file}:2:15: Cannot use liveness.late_after as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s: current value is soon\n` +
        `  ${file}:3:1: Cannot use nmae as a key must be one of those known: did you mean name?\n` +
        '  environment variable AGENT_VITALS_X: Cannot use AGENT_VITALS_X as a variable that begins with AGENT_VITALS_ must name a key: remove it or see docs/configuration.md',
    );
  });

  test('may begin with a byte order mark and have Windows line ends', () => {
    const file = join(folder, 'windows.yaml');
    writeFileSync(file, '\uFEFFname: west\r\nliveness:\r\n  late_after: 10s\r\n');
    const { config } = loadConfig({ file, env: {} });
    expect([config.name, config.liveness.lateAfterMs]).toEqual(['west', 10_000]);
  });

  test('must be there', () => {
    const file = join(folder, 'missing.yaml');
    expect(() => readConfigFile(file)).toThrow(
      `${file}: Cannot read the file as it must be there and readable: ENOENT: no such file or directory, open '${file}'`,
    );
  });

  test('must not be a folder', () => {
    expect(() => readConfigFile(folder)).toThrow(
      'Cannot read the file as it must be there and readable: EISDIR',
    );
  });

  test('must be UTF-8', () => {
    const file = join(folder, 'latin1.yaml');
    writeFileSync(file, Buffer.from('name: caf\xe9', 'latin1'));
    expect(() => readConfigFile(file)).toThrow('Cannot read the file as it must be UTF-8');
  });

  test('must not be absurdly large', () => {
    const file = join(folder, 'large.yaml');
    writeFileSync(file, Buffer.alloc(16 * 2 ** 20 + 1, 0x23));
    expect(() => readConfigFile(file)).toThrow(
      'Cannot read the file as it must be at most 16777216 bytes: current value is 16777217',
    );
  });

  test('may declare ten thousand agents', () => {
    const agents = Array.from(
      { length: 10_000 },
      (_, index) => `  - { id: agent-${index}, peers: [a, b], type: crawler }`,
    );
    expect(loadConfig({ text: `agents:\n${agents.join('\n')}`, env: {} }).config.agents).toHaveLength(10_000);
  });
});

function problemsOf(load: () => unknown) {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
