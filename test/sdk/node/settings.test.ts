import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../../../src/sdk/node/settings.ts';
import { heard } from './heard.ts';

describe('resolveSettings', () => {
  it('sends OTLP every 10 s where nothing is said', () => {
    expect(resolveSettings({}, {})).toMatchObject({
      disabled: false,
      otlp: true,
      prometheus: undefined,
      endpoint: undefined,
      headers: {},
      exportIntervalMs: 10_000,
      exportTimeoutMs: 10_000,
      temporality: 'cumulative',
      logs: 'otlp',
      traces: false,
      goodbye: true,
    });
  });

  it.each([
    ['OTEL_SDK_DISABLED', { OTEL_SDK_DISABLED: 'true' }, { disabled: true }],
    [
      'OTEL_METRIC_EXPORT_INTERVAL',
      { OTEL_METRIC_EXPORT_INTERVAL: '5000' },
      { exportIntervalMs: 5_000, exportTimeoutMs: 5_000 },
    ],
    ['OTEL_METRIC_EXPORT_TIMEOUT', { OTEL_METRIC_EXPORT_TIMEOUT: '3000' }, { exportTimeoutMs: 3_000 }],
    [
      'OTEL_METRICS_EXPORTER of pull',
      { OTEL_METRICS_EXPORTER: 'prometheus' },
      { otlp: false, prometheus: { host: 'localhost', port: 9464, path: '/metrics' }, logs: 'none' },
    ],
    [
      'OTEL_METRICS_EXPORTER of both',
      { OTEL_METRICS_EXPORTER: 'otlp, prometheus' },
      { otlp: true, prometheus: { port: 9464 }, logs: 'otlp' },
    ],
    [
      'OTEL_METRICS_EXPORTER of none',
      { OTEL_METRICS_EXPORTER: 'none' },
      { otlp: false, prometheus: undefined },
    ],
    ['OTEL_LOGS_EXPORTER', { OTEL_LOGS_EXPORTER: 'none' }, { logs: 'environment' }],
    ['OTEL_TRACES_EXPORTER', { OTEL_TRACES_EXPORTER: 'otlp' }, { traces: true }],
    [
      'the temporality preference',
      { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta' },
      { temporality: 'delta' },
    ],
    [
      'OTEL_EXPORTER_PROMETHEUS_*',
      {
        OTEL_METRICS_EXPORTER: 'prometheus',
        OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0',
        OTEL_EXPORTER_PROMETHEUS_PORT: '9000',
      },
      { prometheus: { host: '0.0.0.0', port: 9_000 } },
    ],
    [
      'OTEL_BLRP_*',
      {
        OTEL_BLRP_MAX_QUEUE_SIZE: '10',
        OTEL_BLRP_SCHEDULE_DELAY: '20',
        OTEL_BLRP_EXPORT_TIMEOUT: '30',
        OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '5',
      },
      {
        logBatches: {
          maxQueueSize: 10,
          scheduledDelayMillis: 20,
          exportTimeoutMillis: 30,
          maxExportBatchSize: 5,
        },
      },
    ],
    [
      'OTEL_NODE_RESOURCE_DETECTORS',
      { OTEL_NODE_RESOURCE_DETECTORS: 'os,process' },
      { resourceDetectors: ['os', 'process'] },
    ],
  ])('reads %s', (_name, environment, expected) => {
    expect(resolveSettings({}, environment)).toMatchObject(expected);
  });

  it.each([
    [{ exportIntervalMs: 2_000 }, { OTEL_METRIC_EXPORT_INTERVAL: '5000' }, { exportIntervalMs: 2_000 }],
    [
      { mode: 'otlp' as const },
      { OTEL_METRICS_EXPORTER: 'prometheus' },
      { otlp: true, prometheus: undefined },
    ],
    [
      { temporality: 'delta' as const },
      { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'cumulative' },
      { temporality: 'delta' },
    ],
    [
      { mode: 'prometheus' as const, prometheus: { port: 0, path: 'vitals' } },
      { OTEL_EXPORTER_PROMETHEUS_PORT: '9000' },
      { prometheus: { port: 0, path: '/vitals' } },
    ],
  ])('lets the code win over the environment: %j', (options, environment, expected) => {
    expect(resolveSettings(options, environment)).toMatchObject(expected);
  });

  it('sends log events beside a pull where it is told where to', () => {
    expect(resolveSettings({ mode: 'prometheus', endpoint: 'http://localhost:4318' }, {}).logs).toBe('otlp');
  });

  it.each([
    ['http://localhost:4318', 'http://localhost:4318'],
    ['https://example.com/base/', 'https://example.com/base'],
    ['http://localhost:4318/v1/metrics', 'http://localhost:4318'],
  ])('takes the endpoint %s for %s', (endpoint, expected) => {
    expect(resolveSettings({ endpoint }, {}).endpoint).toBe(expected);
  });

  it('carries the token as a bearer', () => {
    expect(resolveSettings({ token: 's3cret' }, {}).headers).toEqual({ authorization: 'Bearer s3cret' });
  });

  it('makes the service out of its parts', () => {
    const { resourceAttributes } = resolveSettings(
      {
        serviceName: 'news',
        serviceVersion: '2',
        serviceNamespace: 'desk',
        resourceAttributes: { zone: 'a' },
      },
      {},
    );
    expect(resourceAttributes).toEqual({
      zone: 'a',
      'service.name': 'news',
      'service.version': '2',
      'service.namespace': 'desk',
    });
  });

  it.each([
    [
      { endpoint: 'localhost:4318' },
      /endpoint must be an http or https URL: current value is localhost:4318/,
    ],
    [{ endpoint: 'nonsense' }, /endpoint must be an http or https URL/],
    [{ exportIntervalMs: 99 }, /exportIntervalMs must be at least 100 ms: current value is 99/],
    [{ exportIntervalMs: Number.NaN }, /exportIntervalMs must be at least 100 ms/],
    [
      { mode: 'carrier pigeon' as 'otlp' },
      /mode must be otlp or prometheus: current value is carrier pigeon/,
    ],
    [{ temporality: 'sometimes' as 'delta' }, /temporality must be one of/],
    [
      { mode: 'prometheus' as const, prometheus: { port: 70_000 } },
      /prometheus\.port must be from 0 to 65535/,
    ],
  ])('refuses %j', (options, message) => {
    expect(() => resolveSettings(options, {})).toThrow(message);
  });

  it('refuses a token that no header can carry, without showing it', () => {
    expect(() => resolveSettings({ token: 'top\nsecret' }, {})).toThrow(/token must be visible ASCII/);
    expect(() => resolveSettings({ token: 'top\nsecret' }, {})).not.toThrow(/secret/);
  });

  it.each([
    [{ OTEL_METRIC_EXPORT_INTERVAL: 'soon' }, /OTEL_METRIC_EXPORT_INTERVAL must be a number above 0/],
    [{ OTEL_METRICS_EXPORTER: 'console' }, /OTEL_METRICS_EXPORTER may be otlp, prometheus or none/],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /sends http\/protobuf, whatever/],
    [{ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'x' }, /TEMPORALITY_PREFERENCE must be one of/],
  ])('says what is wrong with %j and goes on', (environment, message) => {
    const said = heard();
    expect(resolveSettings({}, environment)).toMatchObject({
      otlp: true,
      exportIntervalMs: 10_000,
      temporality: 'cumulative',
    });
    expect(said.warnings).toEqual([expect.stringMatching(message)]);
  });
});
