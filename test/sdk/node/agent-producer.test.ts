import { metrics } from '@agent-vitals/contract';
import { emptyResource } from '@opentelemetry/resources';
import * as sdkMetrics from '@opentelemetry/sdk-metrics';
import { describe, expect, it, vi } from 'vitest';
import { AgentProducer } from '../../../src/sdk/node/agent-producer.ts';
import {
  agentsPerRequest,
  leavingLimit,
  PullProducer,
  PushProducer,
} from '../../../src/sdk/node/agent-view.ts';
import { Flusher } from '../../../src/sdk/node/flusher.ts';
import { heard } from './heard.ts';
import { PlainReadings } from './readings.ts';
import { decodeMetrics, type NumberPoint, pointsOf } from './receiver.ts';

const scope = { name: 'agent-vitals', version: '0.0.0' };

function fail(error: unknown): never {
  throw error;
}

function producing() {
  const push = new PushProducer(
    scope,
    emptyResource(),
    { counters: 'cumulative', durations: 'cumulative' },
    fail,
  );
  const pull = new PullProducer(scope, emptyResource(), sdkMetrics, fail);
  const flush = vi.fn(async () => {});
  const producer = new AgentProducer([push.view, pull.view], new Flusher(flush, 1_000));
  /** One export by push; delivered unless told otherwise. */
  const exported = (arrives = true): NumberPoint[] =>
    push.requests().flatMap((request) => {
      const { points } = decodeMetrics(request.write(new Uint8Array(0), ''));
      if (arrives) request.delivered();
      return points;
    });
  return { producer, push, pull, exported, flush };
}

/** The state each agent is shown in, by id. */
function states(points: readonly NumberPoint[]): Record<string, unknown> {
  const status = points.filter(({ metric, value }) => metric === metrics.reportedStatus.name && value === 1);
  return Object.fromEntries(
    status.map(({ attributes }) => [attributes['vitals.agent.id'], attributes['vitals.agent.state']]),
  );
}

function stop(producer: AgentProducer, readings: PlainReadings): void {
  readings.state = 'stopped';
  producer.detach(readings);
}

describe('AgentProducer', () => {
  it('shows an agent that said goodbye once more, and then never again', async () => {
    const { producer, pull, exported } = producing();
    const [a, b] = [new PlainReadings('a'), new PlainReadings('b')];
    producer.attach(a);
    producer.attach(b);
    expect(states(exported())).toEqual({ a: 'idle', b: 'idle' });
    stop(producer, a);
    expect(states(exported())).toEqual({ a: 'stopped', b: 'idle' });
    expect(states(exported())).toEqual({ b: 'idle' });

    const scraped = async () => {
      const { resourceMetrics } = await pull.collect();
      const [status] = resourceMetrics.scopeMetrics[0]?.metrics ?? [];
      return new Set(status?.dataPoints.map(({ attributes }) => attributes['vitals.agent.id']));
    };
    expect(await scraped()).toEqual(new Set(['a', 'b']));
    expect(await scraped()).toEqual(new Set(['b']));
  });

  it('shows it until an export has arrived', () => {
    const { producer, exported } = producing();
    const a = new PlainReadings('a');
    producer.attach(a);
    exported();
    stop(producer, a);
    expect(states(exported(false))).toEqual({ a: 'stopped' });
    expect(states(exported(false))).toEqual({ a: 'stopped' });
    expect(states(exported())).toEqual({ a: 'stopped' });
    expect(exported()).toEqual([]);
  });

  it('does not lose a goodbye that is said while a request is under way', () => {
    const { producer, push, exported } = producing();
    const a = new PlainReadings('a');
    producer.attach(a);
    const [request] = push.requests();
    request?.write(new Uint8Array(0), '');
    stop(producer, a);
    request?.delivered();
    expect(states(exported())).toEqual({ a: 'stopped' });
    expect(exported()).toEqual([]);
  });

  it('goes on with the durations of an agent that comes back before its goodbye was shown', () => {
    const { producer, exported } = producing();
    const first = new PlainReadings('a', 1_000);
    producer.attach(first).operation('draft', 1, undefined);
    stop(producer, first);
    const second = new PlainReadings('a', 2_000);
    producer.attach(second).operation('draft', 1, undefined);
    const points = exported();
    expect(states(points)).toEqual({ a: 'idle' });
    expect(points.filter(({ metric }) => metric === metrics.heartbeats.name)).toHaveLength(1);
    expect(pointsOf({ resource: {}, scopes: [], points }, metrics.operationDuration.name)).toMatchObject([
      { value: 2, sum: 2 },
    ]);
    expect(states(exported())).toEqual({ a: 'idle' });
  });

  it('puts many agents into few requests, each agent in one', () => {
    const { producer, push } = producing();
    for (let index = 0; index < 2 * agentsPerRequest + 1; index++)
      producer.attach(new PlainReadings(`a${index}`));
    const requests = push.requests().map((request) => {
      const bytes = request.write(new Uint8Array(0), '');
      return new Set(decodeMetrics(bytes).points.map(({ attributes }) => attributes['vitals.agent.id']));
    });
    expect(requests.map(({ size }) => size)).toEqual([agentsPerRequest, agentsPerRequest, 1]);
    expect(new Set(requests.flatMap((ids) => [...ids])).size).toBe(2 * agentsPerRequest + 1);
  });

  it('gives up the oldest goodbyes when nobody hears them, counts them and says so once', () => {
    const said = heard();
    const { producer, push } = producing();
    for (let index = 0; index < leavingLimit + 3; index++) {
      const agent = new PlainReadings(`a${index}`);
      producer.attach(agent);
      stop(producer, agent);
    }
    expect(push.view.size).toBe(leavingLimit);
    expect(push.view.leaving.has('a2')).toBe(false);
    expect(push.view.leaving.has('a3')).toBe(true);
    expect(producer.givenUp).toBe(3);
    expect(said.warnings).toEqual([expect.stringContaining('the oldest goodbyes are given up')]);
  });

  it('shows every agent as stopped when the process is about to end, but for those that go to work again', () => {
    const { producer, exported } = producing();
    const [worker, other] = [new PlainReadings('worker'), new PlainReadings('other')];
    producer.attach(worker);
    producer.attach(other);
    worker.state = 'busy';
    expect(producer.depart()).toBe(true);
    expect(states(exported())).toEqual({ worker: 'stopped', other: 'stopped' });
    expect(producer.depart()).toBe(false); // nothing new to say
    worker.state = 'idle'; // it finishes what it had begun
    expect(states(exported())).toEqual({ worker: 'stopped', other: 'stopped' });
    worker.state = 'busy'; // the process went on, and so does the agent
    expect(states(exported())).toEqual({ worker: 'busy', other: 'stopped' });
    worker.state = 'idle';
    expect(states(exported())).toEqual({ worker: 'idle', other: 'stopped' });
    expect(producer.depart()).toBe(true); // a second end
    expect(states(exported())).toEqual({ worker: 'stopped', other: 'stopped' });
    expect(producer.depart()).toBe(false);
    producer.urgent();
    expect(producer.depart()).toBe(true);
  });

  it('listens until it is closed, and takes nothing after that', () => {
    const { producer, exported, flush } = producing();
    expect(producer.listens()).toBe(true);
    producer.close();
    expect(producer.listens()).toBe(false);
    producer.attach(new PlainReadings('late')).operation('draft', 1, undefined);
    expect(exported()).toEqual([]);
    producer.urgent();
    expect(flush).not.toHaveBeenCalled();
  });
});
