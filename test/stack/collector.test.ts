import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { mistakesOfCollector, readCollectorConfig } from './collector-config.ts';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const files = ['otel-collector.yaml', 'deploy/collector/load-balancing.yaml'] as const;

interface Pipeline {
  readonly receivers: string[];
  readonly processors: string[];
  readonly exporters: string[];
}

const pipelinesOf = (text: string) =>
  readCollectorConfig(text).service!.pipelines as Readonly<Record<string, Pipeline>>;

describe.each(files)('%s', (file) => {
  it('has components, keys and values that the pinned Collector takes, all of them used', () => {
    expect(mistakesOfCollector(readCollectorConfig(read(file)))).toEqual([]);
  });

  it('limits memory first, batches last, and lets nothing through that hides silence', () => {
    const harmful = /^(interval|filter|metrics_transform|group_by_attrs|transform|attributes|resource)(\/|$)/;
    for (const { processors } of Object.values(pipelinesOf(read(file)))) {
      expect(processors[0]).toBe('memory_limiter');
      expect(processors.indexOf('batch')).toBe(processors.includes('batch') ? processors.length - 1 : -1);
      expect(processors.filter((id) => harmful.test(id))).toEqual([]);
    }
  });

  it('listens on loopback unless it is told otherwise', () => {
    const endpoints = [
      ...JSON.stringify(readCollectorConfig(read(file))).matchAll(/"(?:endpoint|host)":"([^"]+)"/g),
    ];
    expect(endpoints.length).toBeGreaterThan(3);
    for (const [, endpoint] of endpoints) expect(endpoint).toMatch(/^(http:\/\/)?127\.0\.0\.1(:\d+)?$/);
  });

  it.each([
    ['memory_limiter:\n', 'memory_limit:\n', /memory_limit is no known component/],
    ['timeout: 10s', 'timeout: 10', /timeout must be of type duration/],
    ['max_elapsed_time: 5m', 'max_elapsed: 5m', /max_elapsed is no known key/],
    ['extensions: [health_check', 'extensions: [pprof', /pprof is used and not defined/],
    ['receivers: [otlp', 'receivers: [otlp/other', /otlp\/other is used and not defined/],
  ])('is found out with %j replaced by %j', (from, to, why) => {
    const text = read(file);
    expect(text).toContain(from);
    expect(mistakesOfCollector(readCollectorConfig(text.replace(from, to))).join('\n')).toMatch(why);
  });
});

describe('otel-collector.yaml', () => {
  const text = read('otel-collector.yaml');

  it('sends everything that agents push and everything that it scrapes of them to the processor', () => {
    const pipelines = pipelinesOf(text);
    expect(pipelines.metrics?.receivers).toEqual(['otlp', 'prometheus/agents']);
    for (const { exporters } of Object.values(pipelines)) expect(exporters).toEqual(['otlp_http/processor']);
    expect(Object.keys(pipelines).toSorted()).toEqual(['logs', 'metrics', 'metrics/host', 'traces']);
  });

  it('does so with the token and to the address that it is given', () => {
    const env = {
      PROCESSOR_ENDPOINT: 'http://agent-vitals:4318',
      PROCESSOR_TOKEN_FILE: '/run/secrets/ingest_token',
    };
    const config = readCollectorConfig(text, env) as Record<string, Record<string, Record<string, unknown>>>;
    expect(config.exporters!['otlp_http/processor']!.endpoint).toBe('http://agent-vitals:4318');
    expect(config.extensions!['bearertokenauth/processor']!.filename).toBe('/run/secrets/ingest_token');
  });

  it('holds back no longer than a heartbeat takes, and tries as long as the processor waits', () => {
    expect(text).toMatch(/batch:\n(\s+#.*\n)*\s+timeout: 1s/);
    expect(text).toContain('max_elapsed_time: 5m');
  });
});

it('balances by what identifies an agent', () => {
  const config = readCollectorConfig(read('deploy/collector/load-balancing.yaml'));
  expect(config.exporters!.load_balancing).toMatchObject({
    routing_key: 'attributes',
    routing_attributes: ['vitals.agent.id', 'gen_ai.agent.id'],
  });
});

it('both are written for the version that docker-compose.yml pins', () => {
  const [, version] = /opentelemetry-collector-contrib:(\S+)/.exec(read('docker-compose.yml')) ?? [];
  for (const file of files) expect(read(file)).toMatch(new RegExp(`collector-contrib ${version}[^0-9]`));
  expect(read('test/testdata/stack/collector-keys.yaml')).toContain(`v${version}`);
});
