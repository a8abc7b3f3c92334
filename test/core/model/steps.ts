import fc from 'fast-check';

/** Agents of the model test: a crowd behind one Collector, two behind another, and a crowd of direct senders. */
export const pipelines: readonly string[] = [
  ...Array.from({ length: 12 }, () => 'collector'),
  'pair',
  'pair',
  ...Array.from({ length: 11 }, (_, index) => `peer-${index}`),
];
export const agentCount = pipelines.length;

/** How an observation comes: at once, held back for later, or made a while ago. */
export interface Way {
  readonly delayMs: number;
  readonly isHeld: boolean;
}

/** One step of a run, as data, so that a failing run can be shrunk and read. */
export type Step =
  | { kind: 'beat'; agent: number; process: 0 | 1; by: number; isDelta: boolean; way: Way }
  | { kind: 'process'; agent: number; process: 0 | 1; clockMs: number; keepsCount: boolean }
  | { kind: 'clock'; agent: number; byMs: number }
  | { kind: 'report'; agent: number; state: string; isEvent: boolean; reason: string; way: Way }
  | { kind: 'progress'; agent: number; by: number; isDelta: boolean; way: Way }
  | { kind: 'finish'; agent: number; name: string; fails: boolean; by: number; isDelta: boolean; way: Way }
  | { kind: 'operate'; agent: number; name: string; active: number; isDelta: boolean; way: Way }
  | { kind: 'promise'; agent: number; seconds: number; way: Way }
  | { kind: 'lease'; agent: number; aheadMs: number; way: Way }
  | { kind: 'recovery'; agent: number; aheadMs: number; reason: string; source: string; way: Way }
  | { kind: 'seen'; agent: number; introduces: boolean; way: Way }
  | { kind: 'raw'; agent: number; value: number; startMs: number; timeMs: number; isDelta: boolean }
  | { kind: 'silence'; agent: number; signal: 'heartbeats' | 'progress' | 'reportedStatus' }
  | { kind: 'move'; agent: number; pipeline: string; session: string; type: string }
  | { kind: 'reroute'; from: string; to: string | null }
  | { kind: 'deliver'; at: number }
  | { kind: 'replay'; back: number }
  | { kind: 'round'; pipeline: string; except: number; times: number; everyMs: number }
  | { kind: 'heard'; pipeline: string }
  | { kind: 'pass'; ms: number }
  | { kind: 'drift'; ms: number }
  | { kind: 'pause'; ms: number; heard: readonly number[] }
  | { kind: 'restart'; downMs: number; isMeasured: boolean }
  | { kind: 'maintenance'; agent: number; begins: boolean }
  | { kind: 'mute'; agent: number; forMs: number | null }
  | { kind: 'forget'; agent: number }
  | { kind: 'declare'; agents: readonly number[] };

const second = 1_000;
const minute = 60_000;
const hour = 3_600_000;

// Most is about few agents, so that what befalls one adds up.
const agent = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(0, 12, 14) },
  { weight: 1, arbitrary: fc.nat(agentCount - 1) },
);
const process = fc.constantFrom<0 | 1>(0, 0, 0, 1);
const state = fc.constantFrom(
  'idle',
  'busy',
  'busy',
  'on_call',
  'waiting',
  'paused',
  'error',
  'exhausted',
  'stopped',
  'processing',
  'dreaming',
);
const way: fc.Arbitrary<Way> = fc.record({
  delayMs: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.nat(5 * second) },
    { weight: 1, arbitrary: fc.constantFrom(30 * second, 2 * minute, 10 * minute, hour) },
  ),
  isHeld: fc.constantFrom(false, false, false, false, false, true),
});
const clockMs = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(-hour, -10 * minute, -20 * second, -second, second, minute, hour),
  },
);
const by = fc.constantFrom(0, 1, 1, 1, 2, 7);
const isDelta = fc.constantFrom(false, false, false, true);
const pipeline = fc.constantFrom('collector', 'collector', 'pair', 'peer-0', 'peer-5', '');
const passMs = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 30 * second }) },
  { weight: 4, arbitrary: fc.constantFrom(second, 10 * second, 30 * second, minute, 2 * minute) },
  { weight: 2, arbitrary: fc.constantFrom(29_999, 30_000, 119_999, 120_000, 5 * minute, 6 * minute) },
  { weight: 1, arbitrary: fc.constantFrom(15 * minute, hour, 5 * hour, 8 * 24 * hour) },
);

function step<Kind extends Step['kind']>(
  kind: Kind,
  fields: {
    [Key in keyof Omit<Extract<Step, { kind: Kind }>, 'kind'>]: fc.Arbitrary<
      Extract<Step, { kind: Kind }>[Key]
    >;
  },
): fc.Arbitrary<Step> {
  return fc.record({ kind: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<Step>;
}

/** One step. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 24, arbitrary: step('beat', { agent, process, by, isDelta, way }) },
  { weight: 2, arbitrary: step('process', { agent, process, clockMs, keepsCount: fc.boolean() }) },
  { weight: 1, arbitrary: step('clock', { agent, byMs: clockMs }) },
  {
    weight: 10,
    arbitrary: step('report', {
      agent,
      state,
      isEvent: fc.boolean(),
      reason: fc.constantFrom('', '', 'rate_limit', 'billing', 'weather'),
      way,
    }),
  },
  { weight: 5, arbitrary: step('progress', { agent, by, isDelta, way }) },
  {
    weight: 3,
    arbitrary: step('finish', {
      agent,
      name: fc.constantFrom('a', 'b'),
      fails: fc.boolean(),
      by,
      isDelta,
      way,
    }),
  },
  {
    weight: 3,
    arbitrary: step('operate', { agent, name: fc.constantFrom('a', 'b'), active: fc.nat(2), isDelta, way }),
  },
  {
    weight: 2,
    arbitrary: step('promise', { agent, seconds: fc.constantFrom(0, 5, 20, 60, 160, 300, 1e9), way }),
  },
  {
    weight: 2,
    arbitrary: step('lease', {
      agent,
      aheadMs: fc.constantFrom(-minute, minute, 4 * minute, hour, 100 * hour),
      way,
    }),
  },
  {
    weight: 4,
    arbitrary: step('recovery', {
      agent,
      aheadMs: fc.constantFrom(
        -minute,
        minute,
        10 * minute,
        hour,
        Number.NEGATIVE_INFINITY,
        Number.POSITIVE_INFINITY,
      ),
      reason: fc.constantFrom('rate_limit', 'billing', 'weather', ''),
      source: fc.constantFrom('header', 'reported', 'default', ''),
      way,
    }),
  },
  { weight: 1, arbitrary: step('seen', { agent, introduces: fc.boolean(), way }) },
  {
    weight: 3,
    arbitrary: step('raw', {
      agent,
      value: fc.nat(4),
      startMs: fc.constantFrom(0, second, minute, hour),
      timeMs: fc.constantFrom(0, -hour, -minute, -second, 0.001, second, minute),
      isDelta: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: step('silence', {
      agent,
      signal: fc.constantFrom<'heartbeats' | 'progress' | 'reportedStatus'>(
        'heartbeats',
        'progress',
        'reportedStatus',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: step('move', {
      agent,
      pipeline,
      session: fc.constantFrom('', 'day', 'night'),
      type: fc.constantFrom('', 'crawler'),
    }),
  },
  {
    weight: 1,
    arbitrary: step('reroute', {
      from: fc.constantFrom('collector', 'collector', 'direct', 'pair'),
      to: fc.constantFrom(null, 'collector', 'other', ''),
    }),
  },
  { weight: 4, arbitrary: step('deliver', { at: fc.nat(3) }) },
  { weight: 3, arbitrary: step('replay', { back: fc.nat(12) }) },
  {
    weight: 7,
    arbitrary: step('round', {
      pipeline: fc.constantFrom('collector', 'collector', 'collector', 'pair', 'direct', 'direct'),
      except: fc.oneof(fc.constant(0), fc.constantFrom(1, 2, 3, 7, 0b111_111, 0b1_111_111, 0b11_111_111)),
      times: fc.constantFrom(1, 1, 3, 9),
      everyMs: fc.constantFrom(5 * second, 10 * second, 20 * second, minute),
    }),
  },
  { weight: 1, arbitrary: step('heard', { pipeline }) },
  { weight: 20, arbitrary: step('pass', { ms: passMs }) },
  { weight: 3, arbitrary: step('drift', { ms: fc.integer({ min: 1, max: 5 * second }) }) },
  {
    weight: 2,
    arbitrary: step('pause', {
      ms: fc.constantFrom(6 * second, minute, 90 * second, 10 * minute),
      heard: fc.array(fc.nat(agentCount - 1), { maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: step('restart', {
      downMs: fc.constantFrom(0, second, minute, 10 * minute, 2 * hour),
      isMeasured: fc.constantFrom(true, true, true, false),
    }),
  },
  { weight: 2, arbitrary: step('maintenance', { agent, begins: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: step('mute', { agent, forMs: fc.constantFrom(null, 0, minute, Number.POSITIVE_INFINITY) }),
  },
  { weight: 1, arbitrary: step('forget', { agent }) },
  {
    weight: 1,
    arbitrary: step('declare', { agents: fc.uniqueArray(fc.nat(agentCount + 1), { maxLength: 4 }) }),
  },
);
