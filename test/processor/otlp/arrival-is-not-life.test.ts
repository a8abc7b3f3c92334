import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Fleet, type Transition } from '../../../src/core/index.ts';
import { startOtlpHttpReceiver } from '../../../src/processor/otlp/index.ts';

/*
 * An OpenTelemetry reader exports an untouched counter again and again, each time with a fresh timestamp. Only what
 * has changed is a sign of life.
 */

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

it('an agent that stopped beating goes offline though its SDK exports on, and comes back with a beat', async () => {
  const fleet = new Fleet();
  const transitions: Transition[] = [];
  let arrivals = 0;
  const receiver = await startOtlpHttpReceiver({
    endpoint: { host: '127.0.0.1', port: 0 },
    sink: {
      observe: (observation) => transitions.push(...fleet.apply(observation, Date.now())),
      heard: () => {
        arrivals++;
      },
    },
  });
  const exporter = new OTLPMetricExporter({ url: `${receiver.url}/v1/metrics` });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'vitals.agent.id': 'crawler-7', 'service.name': 'fleet' }),
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  const beats = provider.getMeter('test').createCounter('vitals.agent.heartbeats');
  /** Ten seconds pass, in which the agent beats or doesn't; its SDK exports in any case. */
  const tenSeconds = async (beating: boolean): Promise<void> => {
    vi.setSystemTime(Date.now() + 10_000);
    if (beating) beats.add(1);
    await provider.forceFlush();
    transitions.push(...fleet.tick(Date.now()));
  };

  for (let i = 0; i < 30; i++) await tenSeconds(true);
  expect(transitions.map(({ to }) => to)).toEqual(['idle']);
  const lastBeat = Date.now();

  for (let i = 0; i < 11; i++) await tenSeconds(false);
  expect(transitions.map(({ to }) => to)).toEqual(['idle']);
  await tenSeconds(false);
  expect(transitions.at(-1)).toMatchObject({
    agent: 'crawler-7',
    from: 'idle',
    to: 'offline',
    at: lastBeat + 120_000,
    reason: 'lease_expired',
  });
  for (let i = 0; i < 5; i++) await tenSeconds(false);
  expect(fleet.statusOf(fleet.find('crawler-7'))).toBe('offline');
  expect(arrivals).toBe(47);

  await tenSeconds(true);
  expect(fleet.statusOf(fleet.find('crawler-7'))).toBe('idle');
  await provider.shutdown();
  await receiver.close();
});
