import { afterAll, describe, expect, it } from 'vitest';
import { signals as coreSignals } from '../../../src/core/index.ts';
import {
  MalformedRequestError,
  OtlpReader,
  type OtlpSignal,
  rejectReasons,
  type Tally,
} from '../../../src/processor/otlp/index.ts';
import { encodeOtlp, type JsonObject, otlp } from '../../support/otlp.ts';
import { randomLogs, randomMetrics, randomTraces } from './generate.ts';
import { type Truth, truthOfLogs, truthOfMetrics, truthOfTraces } from './oracle.ts';
import { Random } from './random.ts';
import { Recorder } from './recorded.ts';
import { scramble } from './scramble.ts';

const pipeline = 'otlp/http:test';
const signals = [
  { signal: 'metrics', type: otlp.metricsRequest, generate: randomMetrics, truthOf: truthOfMetrics },
  { signal: 'traces', type: otlp.tracesRequest, generate: randomTraces, truthOf: truthOfTraces },
  { signal: 'logs', type: otlp.logsRequest, generate: randomLogs, truthOf: truthOfLogs },
] as const;

/** One reader for all, as in the processor: what one request leaves behind must not show in the next. */
const reader = new OtlpReader();

function read(signal: OtlpSignal, body: Buffer, encoding: 'protobuf' | 'json' = 'protobuf'): Truth {
  const recorder = new Recorder();
  const tally = reader.read(signal, encoding, body, pipeline, recorder);
  expect(tally.observations).toBe(recorder.observed.length);
  return { observed: recorder.observed, ...countsOf(tally) };
}

function countsOf({ items, rejectedBy, rejected }: Tally): Omit<Truth, 'observed'> {
  const byReason = Object.fromEntries(rejectedBy);
  expect(Object.values(byReason).reduce((sum, count) => sum + count, 0)).toBe(rejected);
  return { items, rejected: byReason };
}

function attempt(signal: OtlpSignal, body: Buffer): Truth | MalformedRequestError {
  const recorder = new Recorder();
  try {
    const tally = reader.read(signal, 'protobuf', body, pipeline, recorder);
    return { observed: recorder.observed, ...countsOf(tally) };
  } catch (error) {
    if (!(error instanceof MalformedRequestError)) throw error;
    expect(recorder.observed, 'a rejected request must leave no trace').toEqual([]);
    return error;
  }
}

function tryTruth(truthOf: (body: Buffer, pipeline: string) => Truth, body: Buffer): Truth | undefined {
  try {
    return truthOf(body, pipeline);
  } catch {
    return undefined;
  }
}

/** What the generated requests have led to, to see that they lead everywhere. */
const met = new Set<string>();

function note({ observed, rejected }: Truth): void {
  for (const { signal } of observed) met.add(signal);
  for (const reason of Object.keys(rejected)) met.add(reason);
}

afterAll(() => {
  for (const signal of coreSignals) expect(met).toContain(signal);
  for (const reason of Object.keys(rejectReasons)) expect(met).toContain(reason);
});

describe.each(signals)('$signal read as protobufjs decodes them', ({ signal, type, generate, truthOf }) => {
  it('in thousands of requests, as encoded and in any other order and pieces', () => {
    const random = new Random(20_260_101);
    let observed = 0;
    for (let round = 0; round < 1_500; round++) {
      const body = encodeOtlp(type, generate(random));
      const truth = truthOf(body, pipeline);
      expect(read(signal, body)).toEqual(truth);
      const otherBody = scramble(body, type, random);
      expect(read(signal, otherBody)).toEqual(truthOf(otherBody, pipeline));
      observed += truth.observed.length;
      note(truth);
    }
    expect(observed, 'the generator must say something').toBeGreaterThan(1_000);
  }, 60_000);

  it('from JSON as from protobuf', () => {
    const random = new Random(7);
    for (let round = 0; round < 500; round++) {
      const request: JsonObject = generate(random);
      const body = encodeOtlp(type, request);
      expect(read(signal, Buffer.from(JSON.stringify(request)), 'json')).toEqual(read(signal, body));
    }
  }, 60_000);

  it('whole or not at all when cut off after any byte', () => {
    const random = new Random(11);
    for (let round = 0; round < 6; round++) {
      const body = longRequest(type, generate, random);
      for (let length = 0; length < body.length; length++) {
        const cut = body.subarray(0, length);
        const truth = tryTruth(truthOf, cut);
        const outcome = attempt(signal, cut);
        if (truth === undefined)
          expect(outcome, `cut after ${length} bytes`).toBeInstanceOf(MalformedRequestError);
        else expect(outcome).toEqual(truth);
      }
    }
  }, 60_000);

  it('without a look at what lies around the body in memory', () => {
    const random = new Random(13);
    for (let round = 0; round < 40; round++) {
      const body = longRequest(type, generate, random);
      const cut = body.subarray(0, random.below(body.length + 1));
      const outcomes = [0x00, 0x0a, 0x7f, 0xff].map((filler) => {
        const around = Buffer.alloc(cut.length + 600, filler);
        cut.copy(around, 300);
        return attempt(signal, around.subarray(300, 300 + cut.length));
      });
      for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
    }
  });

  it('and stays sane when bytes are flipped', () => {
    const random = new Random(17);
    let agreed = 0;
    for (let round = 0; round < 4_000; round++) {
      const body = encodeOtlp(type, generate(random));
      if (body.length === 0) continue;
      for (let flips = 1 + random.below(3); flips > 0; flips--)
        body[random.below(body.length)]! ^= 1 << random.below(8);
      const outcome = attempt(signal, body);
      const truth = tryTruth(truthOf, body);
      if (outcome instanceof MalformedRequestError) {
        // Stricter than protobufjs in one thing alone, which no encoder does.
        if (!outcome.message.includes('longer than it need be'))
          expect(truth, outcome.message).toBeUndefined();
      } else if (truth !== undefined) {
        expect(outcome).toEqual(truth);
        agreed++;
      }
    }
    expect(agreed).toBeGreaterThan(100);
  }, 60_000);
});

/** Long enough to have everything in it. */
function longRequest(
  type: typeof otlp.metricsRequest,
  generate: (random: Random) => JsonObject,
  random: Random,
): Buffer {
  for (;;) {
    const body = encodeOtlp(type, generate(random));
    if (body.length > 300 && body.length < 3_000) return body;
  }
}
