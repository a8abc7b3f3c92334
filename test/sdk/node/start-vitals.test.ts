import { registerAgent } from '@agent-vitals/sdk';
import { startVitals, type Vitals, type VitalsOptions } from '@agent-vitals/sdk/node';
import { createNoopMeter, logs, metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { currentEmission } from '../../../src/sdk/emission.ts';
import { agentsPerRequest } from '../../../src/sdk/node/agent-view.ts';
import { heard } from './heard.ts';
import { pointsOf, type ReceivedRequest, startReceiver, stateOf } from './receiver.ts';

/** Long enough that no export comes but those that are asked for. */
const never = 3_600_000;
let agents = 0;

/** Agents have process-wide ids. */
function agentId(): string {
  agents++;
  return `agent-${agents}`;
}

function start(options: VitalsOptions): Vitals {
  const vitals = startVitals({ exportIntervalMs: never, goodbye: false, ...options });
  onTestFinished(() => vitals.shutdown());
  return vitals;
}

const isMetrics = ({ path }: ReceivedRequest) => path === '/v1/metrics';

afterEach(() => vi.unstubAllEnvs());

describe('startVitals', () => {
  it("sends what agents say, with the token, the service and each agent's identity", async () => {
    await using receiver = await startReceiver();
    await using vitals = start({
      endpoint: receiver.url,
      token: 's3cret',
      serviceName: 'news',
      serviceVersion: '2',
    });
    expect(vitals.openTelemetry).toBe('started');
    const id = agentId();
    using agent = registerAgent({ id, session: 'room', type: 'author' });
    await agent.operation('draft', async () => agent.progress(3));
    await vitals.flush();

    const [request] = receiver.requests.filter(isMetrics);
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer s3cret',
      'content-type': 'application/x-protobuf',
    });
    expect(request?.metrics?.resource).toMatchObject({ 'service.name': 'news', 'service.version': '2' });
    expect(request?.metrics?.resource).not.toHaveProperty('process.command_args');
    expect(pointsOf(request!, 'vitals.agent.heartbeats', id)).toMatchObject([
      {
        value: 1,
        attributes: { 'vitals.agent.id': id, 'vitals.session.id': 'room', 'vitals.agent.type': 'author' },
      },
    ]);
    expect(pointsOf(request!, 'vitals.agent.progress', id)).toMatchObject([{ value: 3 }]);
    expect(pointsOf(request!, 'vitals.agent.operation.duration', id)).toMatchObject([{ value: 1 }]);
    expect(stateOf(request!, id)).toBe('idle');
    const names = request?.metrics?.points.map(({ metric }) => metric) ?? [];
    expect(names.lastIndexOf('vitals.agent.reported.status')).toBeLessThan(
      names.indexOf('vitals.agent.heartbeats'),
    );
  });

  it('sends what the process measures beside the agents, in the same request', async () => {
    await using receiver = await startReceiver();
    await using vitals = start({ endpoint: receiver.url });
    using _agent = registerAgent({ id: agentId() });
    metrics.getMeter('mine').createCounter('my.counter').add(7);
    await vitals.flush();
    expect(receiver.requests.filter(isMetrics)).toHaveLength(1);
    expect(receiver.requests[0]?.metrics?.scopes).toEqual(['agent-vitals', 'mine']);
    expect(pointsOf(receiver.requests[0]!, 'my.counter')).toMatchObject([{ value: 7 }]);
  });

  it.each([
    ['goes on with the next request when one is refused', 400, 2],
    ['leaves the rest to the next export when the receiver is overloaded', 503, 1],
  ])('%s', async (_what, status, requests) => {
    await using receiver = await startReceiver({ decode: false });
    await using vitals = start({ endpoint: receiver.url });
    using stack = new DisposableStack();
    for (let index = 0; index <= agentsPerRequest; index++) {
      stack.use(registerAgent({ id: agentId(), heartbeat: 'manual' }));
    }
    receiver.behave({ status, retryAfter: '3600' });
    await vitals.flush();
    expect(receiver.requests).toHaveLength(requests);
    receiver.behave('accept');
    await vitals.flush();
    expect(receiver.requests).toHaveLength(requests + 2);
  });

  it('exports every interval by itself', async () => {
    await using receiver = await startReceiver();
    await using _vitals = start({ endpoint: receiver.url, exportIntervalMs: 100 });
    using _agent = registerAgent({ id: agentId() });
    await receiver.request((request) => request === receiver.requests[2], 'three exports');
  });

  it('honours OTEL_* variables', async () => {
    await using receiver = await startReceiver();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-tenant=acme,authorization=Bearer%20env');
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip');
    vi.stubEnv('OTEL_SERVICE_NAME', 'from-env');
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test,service.version=env');
    await using vitals = start({ serviceVersion: 'code' });
    using _agent = registerAgent({ id: agentId() });
    await vitals.flush();
    const [request] = receiver.requests.filter(isMetrics);
    expect(request?.headers).toMatchObject({
      'x-tenant': 'acme',
      authorization: 'Bearer env',
      'content-encoding': 'gzip',
    });
    expect(request?.metrics?.resource).toMatchObject({
      'service.name': 'from-env',
      'deployment.environment.name': 'test',
      'service.version': 'code',
    });
  });

  it('does nothing when OTEL_SDK_DISABLED says so', async () => {
    await using receiver = await startReceiver();
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    await using vitals = start({ endpoint: receiver.url });
    expect(vitals.openTelemetry).toBe('disabled');
    using _agent = registerAgent({ id: agentId() });
    await vitals.flush();
    await vitals.shutdown();
    expect(receiver.requests).toEqual([]);
  });

  it('sends log events', async () => {
    await using receiver = await startReceiver();
    await using vitals = start({ endpoint: receiver.url, token: 't' });
    const id = agentId();
    using agent = registerAgent({ id });
    agent.message({ id: 'm1', thread: 't1', to: 'editor' });
    await vitals.flush();
    const request = await receiver.request(({ path }) => path === '/v1/logs', 'log events');
    expect(request.headers.authorization).toBe('Bearer t');
    expect(request.logs).toMatchObject([{ name: 'vitals.message' }]);
    expect(agent.eventsLost).toBe(0);
  });

  it('keeps log events while the receiver asks to wait, one request at a time', async () => {
    await using receiver = await startReceiver();
    receiver.behave({ status: 503, retryAfter: '1' });
    await using vitals = start({ endpoint: receiver.url });
    using agent = registerAgent({ id: agentId() });
    const ids = () =>
      receiver.requests.flatMap(({ logs }) => logs.map(({ attributes }) => attributes['vitals.message.id']));
    agent.message({ id: 'm1', to: 'editor' });
    const first = vitals.flush();
    await receiver.request(({ path }) => path === '/v1/logs', 'the first request');
    agent.message({ id: 'm2', to: 'editor' });
    const second = vitals.flush();
    receiver.behave('accept');
    await Promise.all([first, second]);
    expect(ids()).toEqual(['m1', 'm1', 'm2']);
  });

  it('says how many log events are lost to a receiver that refuses them', async () => {
    const said = heard();
    await using receiver = await startReceiver();
    receiver.behave({ status: 400 });
    await using vitals = start({ endpoint: receiver.url });
    using agent = registerAgent({ id: agentId() });
    agent.message({ to: 'editor' });
    agent.message({ to: 'editor' });
    await vitals.flush();
    expect(said.errors.join()).toContain('2 log events are lost: RefusedError: the receiver answered 400');
    receiver.behave('accept');
    agent.message({ id: 'm3', to: 'editor' });
    await vitals.flush();
    const requests = receiver.requests.filter(({ path }) => path === '/v1/logs');
    expect(requests.at(-1)?.logs).toMatchObject([{ attributes: { 'vitals.message.id': 'm3' } }]);
  });

  it.each([
    ['error', (agent: ReturnType<typeof registerAgent>) => agent.error(new Error('no'))],
    ['exhausted', (agent: ReturnType<typeof registerAgent>) => agent.exhausted()],
    ['stopped', (agent: ReturnType<typeof registerAgent>) => agent.stop()],
  ])('sends at once that an agent is %s', async (state, turn) => {
    await using receiver = await startReceiver();
    await using _vitals = start({ endpoint: receiver.url });
    const id = agentId();
    using agent = registerAgent({ id });
    turn(agent);
    const request = await receiver.request((each) => stateOf(each, id) === state, `the state ${state}`);
    expect(receiver.requests.filter(isMetrics)).toEqual([request]);
  });

  it('sends urgent states at most once a second', async () => {
    await using receiver = await startReceiver();
    await using _vitals = start({ endpoint: receiver.url });
    const id = agentId();
    using agent = registerAgent({ id });
    const turning = setInterval(() => {
      agent.error();
      agent.idle();
    }, 10);
    await receiver.request((request) => request === receiver.requests.filter(isMetrics)[2], 'three exports');
    clearInterval(turning);
    const times = receiver.requests.filter(isMetrics).map(({ atMs }) => atMs);
    for (let index = 1; index < times.length; index++) {
      expect(times[index]! - times[index - 1]!).toBeGreaterThan(900);
    }
  });

  it('says goodbye for running agents at shutdown, takes itself back, and can be started again', async () => {
    await using receiver = await startReceiver();
    const emission = currentEmission();
    const id = agentId();
    using _agent = registerAgent({ id });
    {
      await using vitals = start({ endpoint: receiver.url });
      expect(currentEmission()).not.toBe(emission);
      expect(metrics.getMeter('any')).not.toBe(createNoopMeter());
      await Promise.all([vitals.shutdown(), vitals.shutdown()]);
    }
    expect(stateOf(receiver.requests.filter(isMetrics).at(-1)!, id)).toBe('stopped');
    expect(currentEmission()).toBe(emission);
    expect(metrics.getMeter('any')).toBe(createNoopMeter());

    await using again = start({ endpoint: receiver.url });
    expect(again.openTelemetry).toBe('started');
    await again.flush();
    expect(stateOf(receiver.requests.filter(isMetrics).at(-1)!, id)).toBe('idle');
  });

  it('gives back what it has started when it is called again', async () => {
    const said = heard();
    await using first = start({ endpoint: 'http://127.0.0.1:9' });
    expect(startVitals({ endpoint: 'http://127.0.0.1:10' })).toBe(first);
    expect(said.warnings).toEqual([expect.stringContaining('startVitals was called before')]);
  });

  it('uses the MeterProvider that is set up already, says so, and leaves it running', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: never });
    const provider = new MeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    onTestFinished(() => metrics.disable());
    const said = heard();
    await using receiver = await startReceiver();
    await using vitals = start({ endpoint: receiver.url });
    expect(vitals.openTelemetry).toBe('existing');
    expect(said.warnings).toEqual([expect.stringContaining('OpenTelemetry is set up already')]);

    const id = agentId();
    using agent = registerAgent({ id });
    const shown = () => {
      const status = exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics)
        .find(({ descriptor }) => descriptor.name === 'vitals.agent.reported.status');
      return status?.dataPoints.find(
        ({ value, attributes }) => value === 1 && attributes['vitals.agent.id'] === id,
      )?.attributes['vitals.agent.state'];
    };
    agent.busy();
    await vitals.flush();
    expect(shown()).toBe('busy');
    agent.exhausted();
    await vi.waitUntil(() => shown() === 'exhausted');
    await vitals.shutdown();
    expect(shown()).toBe('stopped');
    await provider.forceFlush(); // still running
    expect(receiver.requests).toEqual([]);
  });

  it('is scraped in pull mode', async () => {
    await using vitals = start({
      mode: 'prometheus',
      prometheus: { port: 0, host: '127.0.0.1' },
      serviceName: 'pull',
    });
    const id = agentId();
    using agent = registerAgent({ id, session: 'room' });
    await agent.operation('draft', async () => {});
    const { host, port, path } = (await vitals.prometheus)!;
    const page = await (await fetch(`http://${host}:${port}${path}`)).text();
    expect(page).toMatch(new RegExp(`vitals_agent_heartbeats_total\\{.*vitals_agent_id="${id}".*\\} 1`));
    expect(page).toMatch(/vitals_agent_reported_status\{.*vitals_agent_state="idle".*\} 1/);
    expect(page).toMatch(/vitals_agent_operation_duration_bucket\{.*le="\+Inf".*\} 1/);
    expect(page).toMatch(/service_name="pull"/);
    expect((await fetch(`http://${host}:${port}/`)).status).toBe(404);
    agent.message({ to: 'nobody' });
    expect(agent.eventsLost).toBe(1); // there is nowhere to send log events to

    await vitals.shutdown();
    await expect(fetch(`http://${host}:${port}${path}`)).rejects.toThrow();
  });

  it('says when the port of pull mode is taken, and goes on', async () => {
    await using taken = await startReceiver();
    const said = heard();
    await using vitals = start({ mode: 'prometheus', prometheus: { port: taken.port, host: '127.0.0.1' } });
    expect(await vitals.prometheus).toBeUndefined();
    expect(said.errors).toEqual([
      expect.stringMatching(/cannot serve metrics at 127\.0\.0\.1:\d+.*EADDRINUSE/),
    ]);
  });

  it('sends increases with delta temporality', async () => {
    await using receiver = await startReceiver();
    await using vitals = start({ endpoint: receiver.url, temporality: 'delta' });
    const id = agentId();
    using agent = registerAgent({ id, heartbeat: 'manual' });
    agent.beat();
    metrics.getMeter('mine').createCounter('my.counter').add(7);
    await vitals.flush();
    agent.beat();
    agent.beat();
    await vitals.flush();
    const beats = receiver.requests
      .filter(isMetrics)
      .map((request) => pointsOf(request, 'vitals.agent.heartbeats', id)[0]);
    expect(beats).toMatchObject([
      { value: 1, temporality: 1 },
      { value: 2, temporality: 1 },
    ]);
    expect(pointsOf(receiver.requests.filter(isMetrics)[0]!, 'my.counter')).toMatchObject([
      { temporality: 1 },
    ]);
  });

  it('takes the log events of a LoggerProvider that is set up already to there', async () => {
    await using receiver = await startReceiver();
    const emitted: unknown[] = [];
    const provider = {
      getLogger: () => ({ emit: (record: unknown) => emitted.push(record), enabled: () => true }),
    };
    logs.setGlobalLoggerProvider(provider);
    onTestFinished(() => logs.disable());
    await using vitals = start({ endpoint: receiver.url });
    using agent = registerAgent({ id: agentId() });
    agent.message({ to: 'editor' });
    await vitals.flush();
    expect(emitted).toHaveLength(1);
    expect(receiver.requests.filter(({ path }) => path === '/v1/logs')).toEqual([]);
    await vitals.shutdown();
    expect(logs.getLoggerProvider()).toBe(provider);
  });
});
