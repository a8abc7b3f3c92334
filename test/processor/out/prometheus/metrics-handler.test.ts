import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { prometheusName } from '@agent-vitals/contract';
import { afterEach, describe, expect, it } from 'vitest';
import type { Health } from '../../../../src/core/index.ts';
import { exposedMetrics } from '../../../../src/processor/out/prometheus/exposition.ts';
import { metricsHandler } from '../../../../src/processor/out/prometheus/metrics-handler.ts';
import { SelfMetrics } from '../../../../src/processor/self-metrics/self-metrics.ts';
import { firingAlert } from '../../../support/alerts.ts';
import { parseExposition } from '../../../support/exposition.ts';
import { agentInfo, agentView, HandmadeFleet, hostView, workFigures } from '../../../support/fleet-view.ts';
import { requireServer, runPromtool } from '../../../support/servers.ts';
import { storeAtWork } from '../../../support/store-figures.ts';
import { waitFor } from '../../../support/wait.ts';
import { sourceOf } from './expose.ts';

const maxSeries = 300_000;
const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Options {
  bounds?: { maxSeries: number; detailedSessions: number };
  maxConcurrent?: number;
  timeoutMs?: number;
}

/** A server with nothing but `/metrics`, and what happened in it; `before` is what a request waits for first. */
async function serve(
  fleet: HandmadeFleet,
  { bounds = { maxSeries, detailedSessions: 1000 }, ...options }: Options = {},
  before: (response: ServerResponse) => Promise<unknown> = async () => {},
) {
  const selfMetrics = new SelfMetrics({
    store: storeAtWork,
    alerts: { openCount: 0, dropped: 0 },
    notifications: { figures: [] },
    fleet,
    agentLimit: 10,
    seriesLimit: maxSeries,
  });
  const errors: unknown[] = [];
  const settled: Promise<void>[] = [];
  const responses: ServerResponse[] = [];
  const clock = { now: () => 1000, toEpochMs: (atMs: number) => atMs };
  const { availabilityCounters: _, ...source } = sourceOf(fleet, { firingAlerts: () => [firingAlert()] });
  const handle = metricsHandler({
    ...source,
    clock,
    selfMetrics,
    bounds: () => bounds,
    ...options,
    onError: (error) => void errors.push(error),
  });
  const server: Server = createServer((incoming, response) => {
    responses.push(response);
    settled.push(before(response).then(() => handle(incoming, response)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(
    () => selfMetrics.shutdown(),
    () => {
      server.closeAllConnections();
      server.close();
    },
  );
  return { port: (server.address() as AddressInfo).port, errors, settled, responses, selfMetrics };
}

async function get(
  port: number,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<IncomingMessage> {
  const outgoing = request({ host: '127.0.0.1', port, path: '/metrics', method, headers, agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}

const bigSize = 2000;

/** So many agents, of such descriptions, that their exposition fits into no socket's buffers, compressed or not. */
function bigFleet(): HandmadeFleet {
  const fleet = new HandmadeFleet();
  for (let index = 0; index < bigSize; index += 1) {
    const description = randomBytes(6000).toString('base64');
    fleet.add(agentView(`agent-${index}`, { info: agentInfo({ description }) }));
  }
  return fleet;
}

function smallFleet(): HandmadeFleet {
  const fleet = new HandmadeFleet();
  fleet.add(agentView('a', { heartbeats: 3, confidence: 0.5, lastSeenMs: 500 }), {
    transitions: { idle: 1 },
  });
  fleet.add(agentView('b', { status: 'offline', conditions: ['late'] }));
  fleet.rejections.set('agent_limit', 2);
  return fleet;
}

/** One that has something of every family. */
function richFleet(): HandmadeFleet {
  const fleet = smallFleet();
  const exhaustion = {
    reason: 'billing' as const,
    scope: 'acct-1',
    exhaustedAtMs: 0,
    recoveryAtMs: 1,
    recoverySource: 'default' as const,
  };
  const health: Health = {
    score: 0.5,
    level: 'degraded',
    factors: [{ name: 'availability', value: 0.3, weight: 1, contribution: 0.3 }],
    cap: null,
  };
  fleet.add(
    agentView('c', {
      session: 'night',
      type: 'crawler',
      status: 'exhausted',
      conditions: ['exhausted'],
      exhaustion,
      health,
      work: workFigures({ errorRatio: 0.1, meanDurationMs: 20 }),
      missedHeartbeats: 0,
      clockSkewMs: 0,
      queueDepth: 1,
      cpuUtilization: 0.1,
      memoryBytes: 1,
      info: agentInfo({ name: 'C' }),
    }),
    { activeOperations: 1 },
  );
  fleet.gaps = [{ pipeline: 'otlp/http', sinceMs: 0, agents: 12, isOpen: true }];
  fleet.integrations = [
    {
      name: 'search',
      status: 'healthy',
      connection: 'connected',
      lastUsedMs: 0,
      requests: 1,
      countedSinceMs: 0,
      requestsTotal: 1,
      failuresTotal: 0,
      errorRatio: 0,
      meanDurationMs: 5,
      slowAboveMs: 2000,
      trend: null,
      score: 1,
    },
  ];
  fleet.hostViews.push(hostView('h-1', { cpuUtilization: 0.5, memoryUtilization: 0.5 }));
  return fleet;
}

describe('GET /metrics', () => {
  it("answers the fleet's families and the processor's own, none twice", async () => {
    const { port } = await serve(smallFleet());
    const response = await get(port);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers['content-encoding']).toBeUndefined();
    expect(response.headers.vary).toBe('accept-encoding');
    const names = parseExposition(await text(response)).map((family) => family.name);
    expect(names).toContain('vitals_agent_status');
    expect(names).toContain('vitals_processor_agents');
  });

  it('is clean by promtool', async (context) => {
    requireServer(context, 'promtool');
    const { port, selfMetrics } = await serve(richFleet());
    selfMetrics.received(3);
    selfMetrics.rejected('unauthenticated', 1);
    selfMetrics.requestStarted();
    selfMetrics.requestFinished(2);
    selfMetrics.ticked(0.1);
    const body = await text(await get(port));
    const { code, stdout, stderr } = await runPromtool(['check', 'metrics'], body);
    expect(`${stdout}${stderr}`).toBe('');
    expect(code).toBe(0);
    const names = parseExposition(body).map((family) => family.name);
    expect(names).toEqual(expect.arrayContaining(exposedMetrics.map(prometheusName)));
  });

  it('says how many series of how many it took', async () => {
    const { port } = await serve(smallFleet());
    const families = parseExposition(await text(await get(port)));
    const exposed = new Set(exposedMetrics.map(prometheusName));
    const own = families.filter((family) => exposed.has(family.name));
    const series = own.reduce((sum, family) => sum + family.samples.length, 0);
    const firstOf = (name: string) => families.find((family) => family.name === name)?.samples[0]?.value;
    expect(firstOf('vitals_processor_series_used')).toBe(series);
    expect(firstOf('vitals_processor_series_limit')).toBe(maxSeries);
    const duration = families.find(
      (family) => family.name === 'vitals_processor_exposition_duration_seconds',
    );
    expect(duration?.samples.find((sample) => sample.name.endsWith('_count'))?.value).toBe(1);
  });

  it('heeds bounds that were changed since', async () => {
    const bounds = { maxSeries, detailedSessions: 1000 };
    const fleet = smallFleet();
    fleet.add(agentView('c', { session: 'night' }));
    const { port } = await serve(fleet, { bounds });
    const read = async () => {
      const names = parseExposition(await text(await get(port))).map((family) => family.name);
      return [names.includes('vitals_agent_status'), names.includes('vitals_session_agents')];
    };
    expect(await read()).toEqual([true, true]);
    bounds.maxSeries = 0;
    expect(await read()).toEqual([false, true]);
    bounds.detailedSessions = 0;
    expect(await read()).toEqual([false, false]);
    bounds.maxSeries = maxSeries;
    expect(await read()).toEqual([true, false]);
  });

  it('never takes back seconds that were told, from one exposition to the next', async () => {
    const fleet = new HandmadeFleet();
    const slot = fleet.add(agentView('a'), { availability: { upMs: 20_000, downMs: 0, excludedMs: 0 } });
    const { port } = await serve(fleet);
    const read = async () => {
      const families = parseExposition(await text(await get(port)));
      const time = families.find(({ name }) => name === 'vitals_agent_availability_time_seconds_total');
      return time!.samples.map((sample) => sample.value);
    };
    expect(await read()).toEqual([20, 0, 0]);
    // It was down for the last 5 s, as was learned later.
    fleet.account(slot, { upMs: 15_000, downMs: 6_000, excludedMs: 0 });
    expect(await read()).toEqual([20, 6, 0]);
  });

  it('compresses by gzip for who takes it', async () => {
    const fleet = new HandmadeFleet();
    for (let index = 0; index < bigSize; index += 1) fleet.add(agentView(`agent-${index}`));
    const { port } = await serve(fleet);
    const response = await get(port, { 'accept-encoding': 'gzip' });
    expect(response.headers['content-encoding']).toBe('gzip');
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    const body = await text(response.pipe(createGunzip()));
    const families = parseExposition(body);
    expect(families.find((family) => family.name === 'vitals_agent_restarts_total')?.samples).toHaveLength(
      bigSize,
    );
    expect(bytes).toBeLessThan(body.length / 10);
  });

  it('is whole for a client that reads slowly', async () => {
    const { port } = await serve(bigFleet());
    const response = await get(port);
    const chunks: Buffer[] = [];
    for await (const chunk of response) {
      chunks.push(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const families = parseExposition(Buffer.concat(chunks).toString());
    expect(families.find((family) => family.name === 'vitals_agent_restarts_total')?.samples).toHaveLength(
      bigSize,
    );
  });

  it('makes no more than a slow client takes', async () => {
    const fleet = new HandmadeFleet();
    for (let index = 0; index < 8000; index += 1) fleet.add(agentView(`an agent of number ${index}`));
    const { port, responses } = await serve(fleet);
    const client = await get(port);
    client.pause();
    const response = await waitFor(() => responses[0]?.writableNeedDrain && responses[0], {
      what: 'full buffers',
    });
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(response.writableEnded).toBe(false);
    // A piece of 512 rows, and what a socket takes in: the whole would be 17 MB.
    expect(response.writableLength).toBeLessThan(300_000);
    client.destroy();
  });

  it('lets other requests through while a large one is written', async () => {
    const { port, settled } = await serve(bigFleet());
    const large = await get(port, { 'accept-encoding': 'gzip' });
    const head = await get(port, {}, 'HEAD');
    expect(head.statusCode).toBe(200);
    let isWritten = false;
    void settled[0]!.then(() => {
      isWritten = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isWritten).toBe(false);
    large.resume();
    await settled[0];
  });
});

describe('HEAD and other methods', () => {
  it('answers HEAD with the headers alone', async () => {
    const { port } = await serve(smallFleet());
    const response = await get(port, { 'accept-encoding': 'gzip' }, 'HEAD');
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers['content-encoding']).toBe('gzip');
    expect(await text(response)).toBe('');
  });

  it.each(['POST', 'PUT', 'DELETE'])('answers %s 405', async (method) => {
    const { port } = await serve(smallFleet());
    const response = await get(port, {}, method);
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('GET, HEAD');
    expect(await text(response)).toBe('');
  });
});

describe('a client that goes away', () => {
  it.each(['gzip', 'identity'])('ends the work (%s) and is no error', async (encoding) => {
    const { port, errors, settled, selfMetrics } = await serve(bigFleet());
    const response = await get(port, { 'accept-encoding': encoding });
    response.destroy();
    await settled[0];
    expect(errors).toEqual([]);
    // The exposition was not finished, so none is told of.
    expect(await selfMetrics.render()).not.toContain('vitals_processor_exposition_duration_seconds_count 1');
  });

  it('leaves no work behind when it went before its turn', async () => {
    let waits = true;
    const closed = (response: ServerResponse) => (waits ? once(response, 'close') : Promise.resolve());
    const { port, settled, responses } = await serve(smallFleet(), { maxConcurrent: 1 }, closed);
    const outgoing = request({ host: '127.0.0.1', port, path: '/metrics', agent: false });
    outgoing.on('error', () => {});
    outgoing.end();
    await waitFor(() => responses[0], { what: 'the request' });
    outgoing.destroy();
    await settled[0];
    waits = false;
    expect((await get(port)).statusCode).toBe(200);
  });

  it('frees its place', async () => {
    const { port, settled } = await serve(bigFleet(), { maxConcurrent: 1 });
    const first = await get(port);
    first.destroy();
    await settled[0];
    const second = await get(port);
    expect(second.statusCode).toBe(200);
    second.destroy();
  });
});

describe('bounds', () => {
  it('answers 503 to one exposition too many, and counts it', async () => {
    const { port, settled } = await serve(bigFleet(), { maxConcurrent: 2 });
    const kept = [await get(port), await get(port)];
    const refused = await get(port);
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('1');
    expect(await text(refused)).toContain('at most 2');
    for (const response of kept) response.resume();
    await Promise.all(settled);
    const families = parseExposition(await text(await get(port)));
    const rejected = families.find((family) => family.name === 'vitals_processor_rejected_total');
    expect(rejected?.samples).toEqual([
      {
        name: 'vitals_processor_rejected_total',
        labels: { vitals_reject_reason: 'exposition_limit' },
        value: 1,
      },
    ]);
  });

  it.each(['gzip', 'identity'])(
    'cuts off a client that does not read (%s), and says so',
    async (encoding) => {
      const fleet = bigFleet();
      const { port, errors, settled } = await serve(fleet, { timeoutMs: 300 });
      const response = await get(port, { 'accept-encoding': encoding });
      response.pause();
      await settled[0];
      expect(errors.map(String)).toEqual([
        'Error: Cannot finish an exposition as it must be read within 300 ms',
      ]);
      response.on('error', () => {});
      response.resume();
      await waitFor(() => response.destroyed, { what: 'the connection cut' });
      expect(response.complete).toBe(false);
    },
  );

  it('cuts off where the fleet cannot be read, and says so', async () => {
    const fleet = smallFleet();
    fleet.view = () => {
      throw new Error('broken');
    };
    const { port, errors, settled } = await serve(fleet);
    await expect(get(port)).rejects.toThrow();
    await settled[0];
    expect(errors.map(String)).toEqual(['Error: broken']);
  });
});
