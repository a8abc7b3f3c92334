import { Observation } from '../../../src/core/index.ts';
import { OtlpReader } from '../../../src/processor/otlp/index.ts';
import { epochMs } from '../../support/observe.ts';
import {
  encodeOtlp,
  type JsonObject,
  metricsRequest,
  numberPoint,
  otlp,
  sumMetric,
} from '../../support/otlp.ts';
import { Rig } from './rig.ts';
import { type FaultScenario, minute, second } from './scenario.ts';

const reader = new OtlpReader();
const noRecordedValue = 1;

/** Sends points of the heartbeat counter as OTLP, through the reader that the processor has. */
function send(rig: Rig, points: JsonObject[]): void {
  const request = metricsRequest({ 'service.name': 'shop' }, [sumMetric('vitals.agent.heartbeats', points)]);
  const observations: Observation[] = [];
  reader.read('metrics', 'protobuf', encodeOtlp(otlp.metricsRequest, request), 'peer', {
    // The reader uses one object for all points.
    observe: (point) => {
      const idBytes = point.idBytes.slice(point.idStart, point.idEnd);
      observations.push(
        Object.assign(new Observation(), point, { idBytes, idStart: 0, idEnd: idBytes.length }),
      );
    },
  });
  const agents = [{ agent: 'a', observations, madeMs: rig.world.nowMs, beats: false }];
  rig.processor.accept(agents, 'peer');
}

/** Every ten seconds an agent beats until it dies; another point comes beside it, and after it. */
function beside(point: (rig: Rig, count: number) => JsonObject): Rig {
  const rig = new Rig();
  for (let count = 1; count <= 60; count++) {
    const timeMs = epochMs + rig.world.nowMs;
    const attributes = { 'vitals.agent.id': 'a' };
    const beat = numberPoint(count, { attributes, timeMs, startTimeMs: epochMs });
    send(rig, count <= 30 ? [beat, point(rig, count)] : [point(rig, count)]);
    rig.pass(10 * second);
  }
  rig.say(`agents ${rig.processor.fleet.size}`);
  return rig.pass(5 * minute);
}

const expected = ['a new → idle @0 first_seen', 'a idle → offline @410 lease_expired', 'agents 1'] as const;

/** Points that say nothing of life, as they come over the wire. */
export const wire: readonly FaultScenario[] = [
  {
    name: "points of the SDK's overflow set are of no agent, and renew none",
    play: () =>
      beside((rig, count) =>
        numberPoint(count, {
          attributes: { 'otel.metric.overflow': true },
          timeMs: epochMs + rig.world.nowMs,
          startTimeMs: epochMs,
        }),
      ),
    expected,
  },
  {
    name: 'overflow points that carry the id of an agent renew it neither',
    play: () =>
      beside((rig, count) =>
        numberPoint(1000 + count, {
          attributes: { 'otel.metric.overflow': true, 'vitals.agent.id': 'a' },
          timeMs: epochMs + rig.world.nowMs,
          startTimeMs: epochMs,
        }),
      ),
    expected,
  },
  {
    name: 'points whose flags say that there is no value (NO_RECORDED_VALUE) renew nothing',
    play: () =>
      beside((rig, count) =>
        numberPoint(1000 + count, {
          attributes: { 'vitals.agent.id': 'a' },
          timeMs: epochMs + rig.world.nowMs,
          startTimeMs: epochMs,
          flags: noRecordedValue,
        }),
      ),
    expected,
  },
];
