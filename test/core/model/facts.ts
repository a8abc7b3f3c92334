import type { AgentStatus, ExhaustedReason, RecoverySource, ReportedState } from '@agent-vitals/contract';
import type { FleetSettings } from '../../../src/core/index.ts';

/** A counter as the last point that counted left it; NaN is not known yet, times are the agent's own. */
export interface Counter {
  value: number;
  startMs: number;
  pointMs: number;
}

export type Counted = 'up' | 'down' | 'excluded';

/** A point of an earlier process under the same id. */
export interface Claim extends Counter {
  arrivedMs: number;
}

/** What an exhausted agent said, or what stands in for it. */
export interface Exhaustion {
  reason: ExhaustedReason | null;
  scope: string | null;
  exhaustedAtMs: number;
  recoveryAtMs: number;
  source: RecoverySource;
  /** The gauge as it came; 0 where none came. */
  said: number;
  /** The agent's clock at what it said last of it. */
  pointMs: number;
}

/** A silence of a whole way in. */
export interface ModelGap {
  readonly pipeline: string;
  sinceMs: number;
  isOpen: boolean;
}

/** Everything ever learned of one agent, in full: what the rules ask is computed from it anew each time. */
export interface ModelAgent {
  readonly id: string;
  readonly createdMs: number;
  session: string;
  type: string;
  pipeline: string;
  /** When the configuration began to expect it, or null. */
  declaredMs: number | null;

  status: AgentStatus | null;
  sinceMs: number;
  reported: ReportedState | null;
  reportedPointMs: number;
  /** From when on it counted as what for its availability, and when the processor was not there to see. */
  counted: { fromMs: number; kind: Counted }[];
  unobserved: { fromMs: number; toMs: number }[];
  isOffline: boolean;
  isUnknown: boolean;
  /** The silence that made it unknown; null where the processor's start did. */
  gap: ModelGap | null;
  isStalled: boolean;
  isLate: boolean;
  isInMaintenance: boolean;
  mutedUntilMs: number | null;
  isFlapping: boolean;
  isInConflict: boolean;

  /** Whether it ever sent a heartbeat. */
  beats: boolean;
  heartbeats: Counter;
  claim: Claim | null;
  /** When the process that the agent is was last heard, while another claims its id. */
  ownArrivedMs: number;
  restarts: number;
  /** The last sign of life, or when its time began anew without one. */
  lastSeenMs: number;
  /** The last sign of life. */
  heardMs: number;
  /** The agent's clock at whatever it said last, while it sends no heartbeats. */
  lastWordMs: number;
  /** Every sign of life since its clock was last set back: when it arrived and how long it had been under way. */
  signs: { arrivedMs: number; delayMs: number }[];
  /** Every gap between signs of life that taught something. */
  gaps: number[];
  promisedMs: number;
  leaseExpiryMs: number;
  leasePointMs: number;
  /** Online/offline changes and restarts. */
  flips: number[];

  progress: Counter;
  finished: Map<string, Counter>;
  active: Map<string, { value: number; pointMs: number }>;
  completed: number;
  failed: number;
  currentOperation: string | null;
  /** Whether it ever sent progress or operations. */
  advances: boolean;
  advancedMs: number;

  exhaustion: Exhaustion | null;
  /** The last word of a recovery before the state that it belongs to. */
  earlyRecovery: Omit<Exhaustion, 'exhaustedAtMs'> | null;
  /** Its recovery time came, though it still says that it is exhausted. */
  hasRecovered: boolean;
}

export function newCounter(): Counter {
  return { value: Number.NaN, startMs: 0, pointMs: 0 };
}

export function newAgent(id: string, nowMs: number): ModelAgent {
  return {
    id,
    createdMs: nowMs,
    session: '',
    type: '',
    pipeline: '',
    declaredMs: null,
    status: null,
    sinceMs: nowMs,
    reported: null,
    reportedPointMs: 0,
    counted: [],
    unobserved: [],
    isOffline: false,
    isUnknown: false,
    gap: null,
    isStalled: false,
    isLate: false,
    isInMaintenance: false,
    mutedUntilMs: null,
    isFlapping: false,
    isInConflict: false,
    beats: false,
    heartbeats: newCounter(),
    claim: null,
    ownArrivedMs: 0,
    restarts: 0,
    lastSeenMs: Number.NaN,
    heardMs: Number.NaN,
    lastWordMs: 0,
    signs: [],
    gaps: [],
    promisedMs: 0,
    leaseExpiryMs: 0,
    leasePointMs: 0,
    flips: [],
    progress: newCounter(),
    finished: new Map(),
    active: new Map(),
    completed: 0,
    failed: 0,
    currentOperation: null,
    advances: false,
    advancedMs: nowMs,
    exhaustion: null,
    earlyRecovery: null,
    hasRecovered: false,
  };
}

/** What the agent says of itself: idle where it said nothing, or where its recovery time has come. */
export function stateOf(agent: ModelAgent): ReportedState {
  if (agent.reported === null) return 'idle';
  return agent.reported === 'exhausted' && agent.hasRecovered ? 'idle' : agent.reported;
}

export function isAtWork(agent: ModelAgent): boolean {
  return stateOf(agent) === 'busy' || stateOf(agent) === 'on_call';
}

/** While paused or in maintenance, lease, late and stall rest. */
export function isAtRest(agent: ModelAgent): boolean {
  return stateOf(agent) === 'paused' || agent.isInMaintenance;
}

/** `stopped > offline > unknown > exhausted > paused > error > stalled > on_call > busy > waiting > idle`. */
export function statusOf(agent: ModelAgent): AgentStatus {
  const state = stateOf(agent);
  const holds: AgentStatus[] = [state];
  if (agent.isOffline) holds.push('offline');
  if (agent.isUnknown) holds.push('unknown');
  if (agent.isStalled) holds.push('stalled');
  const order: AgentStatus[] = ['stopped', 'offline', 'unknown', 'exhausted', 'paused', 'error', 'stalled'];
  return order.find((status) => holds.includes(status)) ?? state;
}

/** The minimum of `arrival − point time` over the last 16 one-minute buckets in which it was renewed. */
export function skewOf(agent: ModelAgent): number {
  const minutes = [...new Set(agent.signs.map((sign) => Math.floor(sign.arrivedMs / 60_000)))].slice(-16);
  const kept = agent.signs.filter((sign) => minutes.includes(Math.floor(sign.arrivedMs / 60_000)));
  return kept.length === 0 ? Number.NaN : Math.min(...kept.map((sign) => sign.delayMs));
}

/** `arrival − max(0, (arrival − point time) − skew)`. */
export function madeAt(agent: ModelAgent, pointMs: number, nowMs: number): number {
  const skew = skewOf(agent);
  if (pointMs === 0 || Number.isNaN(skew)) return nowMs;
  return nowMs - Math.max(0, nowMs - pointMs - skew);
}

/** The median of the last 8 renewal gaps, each at most 10 minutes; 0 where there are none. */
export function learnedMs(agent: ModelAgent): number {
  const last = agent.gaps
    .slice(-8)
    .map((gap) => Math.min(gap, 600_000))
    .sort((one, other) => one - other);
  if (last.length === 0) return 0;
  const middle = Math.floor(last.length / 2);
  return last.length % 2 === 1 ? last[middle]! : (last[middle - 1]! + last[middle]!) / 2;
}

export function expectedMs(agent: ModelAgent): number {
  return Math.max(agent.promisedMs, learnedMs(agent));
}

/** The first override that matches: `*` is any run of characters. */
function overrideOf(agent: ModelAgent, settings: FleetSettings) {
  const fits = (pattern: string | undefined, text: string): boolean =>
    pattern === undefined || new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text);
  return settings.overrides.find(
    ({ id, session, type }) => fits(id, agent.id) && fits(session, agent.session) && fits(type, agent.type),
  );
}

export function offlineLimitMs(agent: ModelAgent, settings: FleetSettings): number {
  const offlineAfterMs = overrideOf(agent, settings)?.offlineAfterMs ?? settings.offlineAfterMs;
  return Math.max(offlineAfterMs, settings.missedBeats * expectedMs(agent));
}

export function stalledAfterMs(agent: ModelAgent, settings: FleetSettings): number {
  return overrideOf(agent, settings)?.stalledAfterMs ?? settings.stalledAfterMs;
}

export function lateAtMs(agent: ModelAgent, settings: FleetSettings): number {
  const silence = Math.max(settings.lateAfterMs, 1.5 * expectedMs(agent));
  return Math.max(agent.lastSeenMs + silence, agent.leaseExpiryMs);
}

/** When the lease runs out by the agent's own signs of life. */
export function leaseEndMs(agent: ModelAgent, settings: FleetSettings): number {
  return Math.max(agent.lastSeenMs + offlineLimitMs(agent, settings), agent.leaseExpiryMs);
}

/** The lease's end by its own signs of life, or that of the grace where it was not heard since the start. */
export function ownOfflineAtMs(agent: ModelAgent, settings: FleetSettings, startedMs: number): number {
  if (!(agent.lastSeenMs < startedMs)) return leaseEndMs(agent, settings);
  const graceMs = Math.max(settings.failoverGraceMs, offlineLimitMs(agent, settings));
  return Math.max(startedMs + graceMs, agent.leaseExpiryMs);
}

/** What a counter's point says. */
export type Said = 'nothing' | 'advanced' | 'set back' | 'restarted' | 'old' | 'other process';

export function readPoint(
  known: Counter,
  point: { startTimeMs: number; timeMs: number; isDelta: boolean },
  value: number,
): Said {
  const { startTimeMs: startMs, timeMs, isDelta } = point;
  if (isDelta) {
    if (!(value > 0)) return 'nothing';
    if (timeMs !== 0 && timeMs === known.pointMs && startMs === known.startMs) return 'old';
    if (timeMs >= known.pointMs) return 'advanced';
    return startMs > known.startMs ? 'set back' : 'old';
  }
  if (Number.isNaN(known.value)) return 'advanced';
  const saysStart = startMs !== 0 && known.startMs !== 0;
  if (saysStart && startMs < known.startMs) return timeMs > known.pointMs ? 'other process' : 'old';
  const isNewProcess = saysStart && startMs > known.startMs;
  if (value === known.value) return 'nothing';
  if (value > known.value) return timeMs < known.pointMs && !isNewProcess ? 'set back' : 'advanced';
  return timeMs > known.pointMs || isNewProcess ? 'restarted' : 'old';
}

/** up = idle, busy, on_call, waiting; down = offline, error, stalled, exhausted; excluded = the rest. */
export function countedAs(agent: ModelAgent): Counted {
  if (agent.isInMaintenance) return 'excluded';
  if (['idle', 'busy', 'on_call', 'waiting'].includes(agent.status!)) return 'up';
  return ['offline', 'error', 'stalled', 'exhausted'].includes(agent.status!) ? 'down' : 'excluded';
}

/** The time that counts as this, without what nobody observed. */
export function countedMs(agent: ModelAgent, kind: Counted, nowMs: number): number {
  let sum = 0;
  agent.counted.forEach((part, index) => {
    if (part.kind !== kind) return;
    const toMs = agent.counted[index + 1]?.fromMs ?? nowMs;
    sum += Math.max(0, toMs - part.fromMs);
    for (const gap of agent.unobserved) {
      sum -= Math.max(0, Math.min(toMs, gap.toMs) - Math.max(part.fromMs, gap.fromMs));
    }
  });
  return sum;
}
