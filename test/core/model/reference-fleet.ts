/**
 * The slow, obvious model of how the processor judges (design, §3): plain objects, every rule spelled out, everything
 * computed anew from what was ever heard. It is longer than other files since a rule book is read in one go.
 */
import { mayFollow, parseReportedState, type ReportedState } from '@agent-vitals/contract';
import {
  delta,
  type FleetSettings,
  type Observation,
  signals,
  type TransitionReason,
} from '../../../src/core/index.ts';
import {
  countedAs,
  expectedMs,
  isAtRest,
  isAtWork,
  lateAtMs,
  leaseEndMs,
  type ModelAgent,
  madeAt,
  newAgent,
  newCounter,
  offlineLimitMs,
  ownOfflineAtMs,
  readPoint,
  stalledAfterMs,
  stateOf,
  statusOf,
} from './facts.ts';
import { WaysIn } from './ways-in.ts';

const hourMs = 3_600_000;

/** Something that becomes true of an agent if nothing more is heard of it. */
interface Due {
  atMs: number;
  /** Told when it was looked at. */
  happens: (nowMs: number) => void;
}

export class ReferenceFleet {
  readonly agents = new Map<string, ModelAgent>();
  readonly ways: WaysIn;
  readonly rejections = new Map<string, number>();
  irregular = 0;
  startedMs = Number.NEGATIVE_INFINITY;
  readonly #settings: FleetSettings;
  readonly #tombstones = new Map<string, { pointMs: number; untilMs: number }>();
  readonly #unannounced = new Map<string, string>();
  #transitions: string[] = [];
  #isSuspended = false;
  /** Of agents that are due at one look, which one comes first is the fleet's own choice. */
  readonly #orderOf: (id: string) => number;

  constructor(settings: FleetSettings, orderOf: (id: string) => number) {
    this.#settings = settings;
    this.#orderOf = orderOf;
    this.ways = new WaysIn(this.agents, settings);
  }

  /** The transitions since the last call. */
  take(): string[] {
    return this.#transitions.splice(0);
  }

  apply(observation: Observation, nowMs: number): void {
    if (observation.noRecordedValue) return;
    const id = new TextDecoder().decode(observation.idBytes.subarray(observation.idStart, observation.idEnd));
    const known = this.agents.get(id);
    if (known !== undefined && !this.#isSuspended) this.#pass(known, nowMs);
    const agent = this.agents.get(id) ?? this.#admit(id, observation, nowMs);
    if (agent === null) return;
    if (observation.session !== '') agent.session = observation.session;
    if (observation.type !== '') agent.type = observation.type;
    if (observation.pipeline !== '') agent.pipeline = observation.pipeline;
    this.ways.regroup();
    this.#take(agent, observation, nowMs);
    if (agent.status === null) this.#settle(agent, madeAt(agent, observation.timeMs, nowMs), 'first_seen');
    // For an agent without heartbeats the last word of it takes the place of the last sign of life.
    if (!agent.beats) {
      agent.lastSeenMs = nowMs;
      agent.heardMs = nowMs;
      agent.lastWordMs = Math.max(agent.lastWordMs, observation.timeMs);
    }
  }

  heard(pipeline: string, nowMs: number): void {
    this.ways.heard(pipeline, nowMs, this.#isSuspended);
  }

  /** The moment of the next event of any agent; `Infinity` where nothing is due. */
  nextMs(): number {
    if (this.#unannounced.size > 0) return Number.NEGATIVE_INFINITY;
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...[...this.agents.values()].map((agent) => this.#next(agent).atMs),
    );
  }

  /** Everything that is due by now becomes true; of agents that came due since the last look, one after the other. */
  tick(nowMs: number): void {
    if (this.#isSuspended) return;
    for (const id of [...this.#unannounced.keys()]) this.#announce(id);
    const inOrder = [...this.agents.values()]
      .map((agent) => ({ agent, order: this.#orderOf(agent.id) }))
      .sort((one, other) => one.order - other.order);
    for (const { agent } of inOrder) this.#pass(agent, nowMs);
    for (const [id, stone] of this.#tombstones) if (stone.untilMs <= nowMs) this.#tombstones.delete(id);
  }

  suspend(): void {
    this.#isSuspended = true;
  }

  /** Whatever silence is measured from moves by the pause, though never into the future. */
  resume(pauseMs: number, nowMs: number): void {
    this.#isSuspended = false;
    const moved = (ms: number): number => Math.min(nowMs, ms + pauseMs);
    this.startedMs = moved(this.startedMs);
    this.ways.shift(pauseMs, nowMs);
    for (const agent of this.agents.values()) {
      agent.unobserved.push({ fromMs: nowMs - pauseMs, toMs: nowMs });
      count(agent, nowMs);
      if (agent.isInConflict) this.#shiftConflict(agent, pauseMs, nowMs);
      if (agent.declaredMs !== null) agent.declaredMs = moved(agent.declaredMs);
      // What is over stays over.
      if (agent.isOffline) continue;
      agent.lastSeenMs = moved(agent.lastSeenMs);
      agent.heardMs = moved(agent.heardMs);
      agent.advancedMs = moved(agent.advancedMs);
      if (agent.leaseExpiryMs > nowMs - pauseMs) agent.leaseExpiryMs += pauseMs;
    }
  }

  /** The processor ends and another begins with all that it kept: those that were live are unknown. */
  restart(savedMs: number, nowMs: number, isMeasured: boolean): void {
    this.startedMs = nowMs;
    this.ways.begin(savedMs, nowMs);
    this.#unannounced.clear();
    this.rejections.clear();
    this.irregular = 0;
    for (const agent of this.agents.values()) {
      // Its line may have jumped: how agents' clocks lie beside it is to be learned anew.
      if (!isMeasured) agent.signs = [];
      agent.unobserved.push({ fromMs: savedMs, toMs: nowMs });
      count(agent, nowMs);
      if (agent.isInConflict) this.#shiftConflict(agent, nowMs - savedMs, nowMs);
      if (agent.isUnknown && agent.gap === null) agent.isLate = false;
      const stays = ['unknown', 'offline', 'stopped', 'exhausted', 'paused'].includes(agent.status!);
      if (stays || agent.isInMaintenance || (!agent.beats && agent.declaredMs === null)) continue;
      this.#unannounced.set(agent.id, agent.status!);
      agent.isUnknown = true;
      agent.isLate = false;
      agent.isStalled = false;
      agent.status = 'unknown';
      agent.sinceMs = nowMs;
      count(agent, nowMs);
    }
  }

  beginMaintenance(agent: ModelAgent, nowMs: number): void {
    agent.isInMaintenance = true;
    agent.isLate = false;
    count(agent, nowMs);
  }

  endMaintenance(agent: ModelAgent, nowMs: number): void {
    if (!agent.isInMaintenance) return;
    agent.isInMaintenance = false;
    count(agent, nowMs);
    this.#startAfresh(agent, nowMs);
    this.#settle(agent, nowMs, 'reported');
  }

  declare(expected: readonly { id: string; session?: string; type?: string }[], nowMs: number): void {
    for (const { id, session, type } of expected) {
      let agent = this.agents.get(id);
      if (agent === undefined) {
        agent = newAgent(id, nowMs);
        agent.isUnknown = true;
        this.agents.set(id, agent);
      }
      // What an agent that came has said of itself holds.
      const hasCome = !Number.isNaN(agent.lastSeenMs);
      if (!hasCome || agent.session === '') agent.session = session ?? '';
      if (!hasCome || agent.type === '') agent.type = type ?? '';
      agent.declaredMs ??= nowMs;
      this.#settle(agent, nowMs, 'first_seen');
    }
    const ids = new Set(expected.map(({ id }) => id));
    for (const agent of this.agents.values()) {
      if (ids.has(agent.id) || agent.declaredMs === null) continue;
      agent.declaredMs = null;
      if (Number.isNaN(agent.lastSeenMs)) agent.lastSeenMs = nowMs;
    }
    this.ways.regroup();
  }

  forget(agent: ModelAgent, nowMs: number): void {
    this.#unannounced.delete(agent.id);
    this.agents.delete(agent.id);
    const lastWordMs = agent.beats ? 0 : agent.lastWordMs;
    const pointMs = Math.max(agent.heartbeats.pointMs, agent.reportedPointMs, lastWordMs);
    this.#tombstones.set(agent.id, { pointMs, untilMs: nowMs + hourMs });
    agent.gap = null;
    this.ways.regroup();
  }

  #admit(id: string, { introduces, timeMs }: Observation, nowMs: number): ModelAgent | null {
    if (!introduces) return null;
    const stone = this.#tombstones.get(id);
    if (stone !== undefined && nowMs < stone.untilMs && timeMs !== 0 && timeMs <= stone.pointMs) {
      this.#reject('tombstone');
      return null;
    }
    this.#tombstones.delete(id);
    const agent = newAgent(id, nowMs);
    this.agents.set(id, agent);
    return agent;
  }

  #take(agent: ModelAgent, observation: Observation, nowMs: number): void {
    const { value, timeMs } = observation;
    switch (signals[observation.signal]) {
      case 'heartbeats':
        this.#heartbeats(agent, observation, nowMs);
        break;
      case 'progress':
        this.#progress(agent, observation, nowMs);
        break;
      case 'operationDuration':
        this.#finish(agent, observation, nowMs);
        break;
      case 'operationActive':
        this.#operate(agent, observation, nowMs);
        break;
      case 'reportedStatus':
        if (value > 0) this.#report(agent, observation, nowMs);
        break;
      case 'stateChanged':
        this.#report(agent, observation, nowMs);
        break;
      case 'heartbeatInterval':
        if (value > 0 && value * 1000 <= this.#settings.maxLeaseMs) agent.promisedMs = value * 1000;
        else this.#reject('invalid_value');
        break;
      case 'leaseExpiry': {
        // How far ahead of an unknown moment it lies nobody can say.
        if (timeMs === 0) {
          this.#reject('invalid_value');
          break;
        }
        // The agent's clock orders its own points.
        if (timeMs < agent.leasePointMs) break;
        agent.leasePointMs = timeMs;
        const untilMs = madeAt(agent, timeMs, nowMs) + (value * 1000 - timeMs);
        agent.leaseExpiryMs = Math.min(untilMs, nowMs + this.#settings.maxLeaseMs);
        this.#reconsiderLate(agent, nowMs);
        break;
      }
      case 'exhaustedRecoveryTime':
        if (timeMs === 0) this.#reject('invalid_value');
        else this.#reportRecovery(agent, observation, nowMs);
        break;
      default:
        break;
    }
  }

  // Signs of life.

  #heartbeats(agent: ModelAgent, observation: Observation, nowMs: number): void {
    const known = agent.heartbeats;
    const { value, startTimeMs, timeMs } = observation;
    const said = readPoint(known, pointOf(observation), value);
    if (said === 'other process' || (said === 'old' && startTimeMs < known.startMs)) {
      this.#otherProcess(agent, observation, said === 'other process', nowMs);
      return;
    }
    if (said === 'nothing' || said === 'old') return;
    const clockWentBack = said === 'set back' || timeMs < known.pointMs;
    const sum = observation.temporality === delta && known.value > 0 ? known.value + value : value;
    agent.heartbeats = { value: sum, startMs: startTimeMs, pointMs: timeMs };
    if (said === 'restarted') this.#countRestart(agent, nowMs);
    if (clockWentBack) forgetClock(agent);
    if (!agent.beats) {
      agent.beats = true;
      agent.lastSeenMs = Number.NaN;
      agent.heardMs = Number.NaN;
    }
    if (agent.isInConflict) agent.ownArrivedMs = nowMs;
    this.#renew(agent, timeMs, nowMs);
  }

  /**
   * A point of an earlier start time. Made after the newer process' last one: two claim the id. Made before: old
   * news, unless such points keep real-time pace while the process known is late: the agent has moved to a host
   * whose clock is behind.
   */
  #otherProcess(agent: ModelAgent, observation: Observation, isLater: boolean, nowMs: number): void {
    const { value, startTimeMs, timeMs } = observation;
    const former = agent.claim;
    const isDelta = observation.temporality === delta;
    const goesOn = former !== null && (isDelta || former.startMs === startTimeMs);
    if (goesOn && (isDelta ? timeMs <= former.pointMs : value <= former.value)) return;
    const madeMs = timeMs - (former?.pointMs ?? 0);
    const arrivedMs = nowMs - (former?.arrivedMs ?? 0);
    const keepsPace = goesOn && madeMs > 0 && Math.abs(arrivedMs - madeMs) <= madeMs / 2;
    agent.claim = { value, startMs: startTimeMs, pointMs: timeMs, arrivedMs: nowMs };
    if (isLater) {
      if (!agent.isInConflict) agent.ownArrivedMs = nowMs;
      agent.isInConflict = true;
      this.#renew(agent, timeMs, nowMs);
    } else if (keepsPace && (agent.isLate || agent.isOffline || agent.isUnknown)) {
      this.#adopt(agent, { ...agent.claim, value: isDelta ? agent.heartbeats.value + value : value });
      agent.claim = null;
      if (!isDelta) this.#countRestart(agent, nowMs);
      agent.isInConflict = false;
      this.#renew(agent, timeMs, nowMs);
    }
  }

  #adopt(agent: ModelAgent, { value, startMs, pointMs }: Counterlike): void {
    agent.heartbeats = { value, startMs, pointMs };
    forgetClock(agent);
  }

  /** One of two has been silent for its offline limit: the other one is the agent. */
  #endConflict(agent: ModelAgent): void {
    agent.isInConflict = false;
    if (agent.claim !== null && agent.claim.arrivedMs > agent.ownArrivedMs) this.#adopt(agent, agent.claim);
    agent.claim = null;
  }

  #shiftConflict(agent: ModelAgent, byMs: number, nowMs: number): void {
    agent.ownArrivedMs = Math.min(nowMs, agent.ownArrivedMs + byMs);
    if (agent.claim !== null) agent.claim.arrivedMs = Math.min(nowMs, agent.claim.arrivedMs + byMs);
  }

  #renew(agent: ModelAgent, pointMs: number, nowMs: number): void {
    const isDated = pointMs !== 0 && agent.signs.length > 0;
    if (pointMs !== 0) agent.signs.push({ arrivedMs: nowMs, delayMs: nowMs - pointMs });
    const seenMs = madeAt(agent, pointMs, nowMs);
    const beforeMs = agent.lastSeenMs;
    if (beforeMs >= seenMs) return;
    if (isDated && !this.#isSuspended) {
      this.ways.tellsOf(agent.pipeline, nowMs - seenMs >= offlineLimitMs(agent, this.#settings) / 2);
    }
    agent.lastSeenMs = seenMs;
    agent.heardMs = seenMs;
    if (agent.isOffline || agent.isUnknown || Number.isNaN(beforeMs)) {
      this.#comeBack(agent, seenMs, nowMs);
      return;
    }
    // A gap in which the processor itself was away teaches nothing.
    if (!(beforeMs < this.startedMs) && !this.#isSuspended) agent.gaps.push(seenMs - beforeMs);
    this.#reconsiderLate(agent, nowMs);
  }

  #comeBack(agent: ModelAgent, seenMs: number, nowMs: number): void {
    // A late queue doesn't raise the dead, nor says of the unknown that they live.
    const isAway = agent.isOffline || agent.isUnknown;
    const isOld = Math.min(lateAtMs(agent, this.#settings), leaseEndMs(agent, this.#settings)) <= nowMs;
    if (isAway && !isAtRest(agent) && isOld) return;
    const wasOffline = agent.isOffline;
    agent.isOffline = false;
    agent.isUnknown = false;
    agent.gap = null;
    if (wasOffline && agent.exhaustion !== null && agent.exhaustion.recoveryAtMs <= nowMs)
      agent.hasRecovered = true;
    if (isAtWork(agent)) agent.advancedMs = Math.max(agent.advancedMs, seenMs);
    this.#reconsiderLate(agent, nowMs);
    this.#settle(agent, seenMs, 'heartbeat');
    this.ways.tidy();
  }

  #reconsiderLate(agent: ModelAgent, nowMs: number): void {
    if (agent.gap === null && lateAtMs(agent, this.#settings) > nowMs) agent.isLate = false;
  }

  #countRestart(agent: ModelAgent, nowMs: number): void {
    if (agent.isInConflict) return;
    agent.restarts++;
    this.#flip(agent, nowMs);
  }

  /** An online/offline change or a restart; enough of them within the window are flapping. */
  #flip(agent: ModelAgent, atMs: number): void {
    if (agent.isInConflict) return;
    agent.flips.push(atMs);
    const { flapThreshold, flapWindowMs } = this.#settings;
    const last = agent.flips.slice(-flapThreshold);
    if (last.length === flapThreshold && atMs - last[0]! <= flapWindowMs) agent.isFlapping = true;
  }

  // Work.

  #progress(agent: ModelAgent, observation: Observation, nowMs: number): void {
    const known = agent.progress;
    // Start times of progress say nothing: heartbeats tell of restarts.
    const said = readPoint({ ...known, startMs: 0 }, pointOf(observation), observation.value);
    if (said === 'nothing' || said === 'old') return;
    const isFirst = Number.isNaN(known.value);
    agent.progress = { value: observation.value, startMs: 0, pointMs: observation.timeMs };
    this.#advance(agent, observation, nowMs, !(isFirst && observation.value === 0));
  }

  #finish(agent: ModelAgent, observation: Observation, nowMs: number): void {
    agent.advances = true;
    const name = `${observation.operation}/${observation.errorType}`;
    const known = agent.finished.get(name) ?? newCounter();
    agent.finished.set(name, known);
    const said = readPoint(known, pointOf(observation), observation.count);
    if (!['advanced', 'restarted', 'set back'].includes(said)) return;
    const goesOn = observation.temporality !== delta && !Number.isNaN(known.value) && said !== 'restarted';
    const finished = goesOn ? observation.count - known.value : observation.count;
    known.value = observation.count;
    known.startMs = observation.startTimeMs;
    known.pointMs = observation.timeMs;
    if (finished <= 0) return;
    agent.completed += finished;
    if (observation.errorType !== '') agent.failed += finished;
    this.#advance(agent, observation, nowMs, true);
  }

  #operate(agent: ModelAgent, { operation, value, timeMs, ...rest }: Observation, nowMs: number): void {
    const known = agent.active.get(operation) ?? { value: 0, pointMs: 0 };
    agent.active.set(operation, known);
    if (timeMs < known.pointMs) return;
    agent.advances = true;
    const before = known.value;
    known.value = rest.temporality === delta ? before + value : value;
    known.pointMs = timeMs;
    if (known.value === before) return;
    if (known.value > before) agent.currentOperation = operation;
    else if (!((agent.active.get(agent.currentOperation ?? '')?.value ?? 0) > 0)) {
      agent.currentOperation = [...agent.active].find(([, { value: active }]) => active > 0)?.[0] ?? null;
    }
    this.#advance(agent, { timeMs }, nowMs, false);
  }

  /** It gets on; progress and finished operations are signs of life of an agent that beats, too. */
  #advance(agent: ModelAgent, { timeMs }: { timeMs: number }, nowMs: number, isLife: boolean): void {
    agent.advances = true;
    if (isLife && agent.beats) this.#renew(agent, timeMs, nowMs);
    const atMs = madeAt(agent, timeMs, nowMs);
    agent.advancedMs = Math.max(agent.advancedMs, atMs);
    if (!agent.isStalled) return;
    agent.isStalled = false;
    this.#settle(agent, atMs, 'progress');
  }

  // What it says of itself.

  #report(agent: ModelAgent, { state, timeMs, reason }: Observation, nowMs: number): void {
    const to = parseReportedState(state);
    if (to === undefined) {
      this.#reject('unknown_state');
      return;
    }
    if (timeMs !== 0 && timeMs < agent.reportedPointMs) return;
    agent.reportedPointMs = timeMs;
    if (agent.reported !== to) this.#enter(agent, to, madeAt(agent, timeMs, nowMs), reason);
    else if (agent.exhaustion?.said === 0 && isReason(reason)) {
      agent.exhaustion.reason = reason;
      agent.exhaustion.recoveryAtMs =
        agent.exhaustion.exhaustedAtMs + this.#settings.defaultRecoveryMs[reason];
    }
  }

  #enter(agent: ModelAgent, to: ReportedState, atMs: number, said: string): void {
    const from = stateOf(agent);
    const isIrregular = agent.reported !== null && !mayFollow(from, to);
    const wasAtWork = isAtWork(agent);
    agent.exhaustion = null;
    agent.hasRecovered = false;
    agent.reported = to;
    if (from === 'paused' || from === 'stopped') this.#startAfresh(agent, atMs);
    if (!isAtWork(agent)) agent.isStalled = false;
    else if (!wasAtWork) agent.advancedMs = Math.max(agent.advancedMs, atMs);
    if (to === 'stopped') {
      agent.isOffline = false;
      agent.isUnknown = false;
      agent.gap = null;
    }
    if (to === 'stopped' || (to === 'paused' && !agent.isUnknown)) agent.isLate = false;
    if (to === 'exhausted') {
      const reason = isReason(said) ? said : null;
      agent.exhaustion = {
        reason,
        scope: null,
        exhaustedAtMs: atMs,
        recoveryAtMs: atMs + this.#settings.defaultRecoveryMs[reason ?? 'rate_limit'],
        source: 'default',
        said: 0,
        pointMs: agent.reportedPointMs,
      };
      // The same export may have told of the recovery before.
      const early = agent.earlyRecovery;
      if (early !== null && early.pointMs >= agent.reportedPointMs && early.recoveryAtMs > atMs)
        agent.exhaustion = { ...early, exhaustedAtMs: atMs };
      agent.earlyRecovery = null;
    }
    this.#settle(agent, atMs, 'reported', isIrregular);
    this.ways.tidy();
  }

  #reportRecovery(agent: ModelAgent, observation: Observation, nowMs: number): void {
    const { exhaustion } = agent;
    const { value, timeMs } = observation;
    // 0 is no time, and the agent's clock orders its own points.
    if (value === 0 || (exhaustion !== null && timeMs < exhaustion.pointMs)) return;
    const atMs = madeAt(agent, timeMs, nowMs);
    const source = observation.recoverySource;
    const recovery = {
      reason: isReason(observation.exhaustedReason) ? observation.exhaustedReason : null,
      scope: observation.exhaustedScope === '' ? null : observation.exhaustedScope,
      recoveryAtMs: atMs + (value * 1000 - timeMs),
      source: (source === 'header' || source === 'default' ? source : 'reported') as
        | 'header'
        | 'default'
        | 'reported',
      said: value,
      pointMs: timeMs,
    };
    if (exhaustion === null) {
      agent.earlyRecovery = recovery;
      return;
    }
    exhaustion.pointMs = timeMs;
    // The same again; what has been applied is not applied twice.
    if (exhaustion.said === value && (agent.hasRecovered || exhaustion.reason === recovery.reason)) return;
    agent.exhaustion = {
      ...recovery,
      exhaustedAtMs: agent.hasRecovered ? atMs : exhaustion.exhaustedAtMs,
    };
    agent.hasRecovered = false;
    this.#settle(agent, atMs, 'reported');
  }

  /** When it will be held offline. */
  offlineAtMs(agent: ModelAgent): number {
    const ownMs = ownOfflineAtMs(agent, this.#settings, this.startedMs);
    return this.ways.deadlineOf(agent, ownMs, this.startedMs);
  }

  // What time does.

  /** What becomes true of an agent next. */
  #next(agent: ModelAgent): Due {
    const settings = this.#settings;
    const dues: Due[] = [];
    const at = (atMs: number, happens: Due['happens']): void => void dues.push({ atMs, happens });
    const { exhaustion, claim } = agent;
    if (exhaustion !== null && !agent.hasRecovered) {
      at(exhaustion.recoveryAtMs, () => {
        agent.hasRecovered = true;
        this.#settle(agent, exhaustion.recoveryAtMs, 'recovered');
      });
    }
    if (agent.mutedUntilMs !== null) {
      at(agent.mutedUntilMs, () => {
        agent.mutedUntilMs = null;
      });
    }
    if (agent.isFlapping) {
      at(agent.flips.at(-1)! + settings.flapWindowMs / 2, () => {
        agent.isFlapping = false;
      });
    }
    if (agent.isInConflict) {
      const silentMs = Math.min(claim?.arrivedMs ?? Number.POSITIVE_INFINITY, agent.ownArrivedMs);
      at(silentMs + offlineLimitMs(agent, settings), () => this.#endConflict(agent));
    }
    this.#considerLease(agent, at);
    return dues.reduce((first, due) => (due.atMs < first.atMs ? due : first), {
      atMs: Number.POSITIVE_INFINITY,
      happens: () => {},
    });
  }

  #considerLease(agent: ModelAgent, at: (atMs: number, happens: Due['happens']) => void): void {
    const settings = this.#settings;
    const isDeclared = agent.declaredMs !== null;
    const forgetAt = (atMs: number): void => at(atMs, (nowMs) => this.forget(agent, nowMs));
    if (stateOf(agent) === 'stopped') {
      if (!isDeclared) forgetAt(agent.sinceMs + settings.forgetStoppedAfterMs);
      return;
    }
    if (agent.isOffline) {
      if (!isDeclared) forgetAt(agent.sinceMs + settings.forgetAfterMs);
      return;
    }
    if (!agent.beats) {
      if (agent.declaredMs === null) forgetAt(agent.lastSeenMs + settings.observedForgetAfterMs);
      else if (!isAtRest(agent)) {
        const neverAtMs = Math.max(agent.declaredMs, this.startedMs) + settings.failoverGraceMs;
        at(neverAtMs, () => this.#goOffline(agent, neverAtMs, 'never_beat'));
      }
      return;
    }
    if (isAtRest(agent)) return;
    const ownEndMs = ownOfflineAtMs(agent, settings, this.startedMs);
    if (agent.gap !== null) {
      // The hold never takes away what the agent's own lease grants.
      const endMs = Math.max(agent.gap.sinceMs + settings.gapHoldMs, ownEndMs);
      at(endMs, () => this.#goOffline(agent, endMs, 'lease_expired'));
      return;
    }
    const lateMs = lateAtMs(agent, settings);
    if (!agent.isLate && !(agent.lastSeenMs < this.startedMs))
      at(lateMs, () => this.#becomeLate(agent, lateMs));
    const endMs = this.offlineAtMs(agent);
    at(endMs, () => this.#endLease(agent, endMs));
    if (isAtWork(agent) && agent.advances && !agent.isStalled && !agent.isUnknown) {
      const stallMs = agent.advancedMs + stalledAfterMs(agent, settings);
      at(stallMs, () => {
        agent.isStalled = true;
        this.#settle(agent, stallMs, 'no_progress');
      });
    }
  }

  #becomeLate(agent: ModelAgent, atMs: number): void {
    agent.isLate = true;
    const gap = this.ways.openGapOf(agent.pipeline);
    if (gap !== null) this.#excuse(agent, gap, atMs);
  }

  #endLease(agent: ModelAgent, atMs: number): void {
    const gap = this.ways.silenceOf(agent, atMs);
    if (gap === null) {
      this.#goOffline(agent, atMs, 'lease_expired');
      return;
    }
    this.#excuse(agent, gap, atMs);
    for (const other of this.agents.values()) {
      const isBehind = this.ways.wayOf(other.pipeline) === gap.pipeline;
      if (isBehind && other.isLate && !other.isOffline && !other.isUnknown) this.#excuse(other, gap, atMs);
    }
  }

  #excuse(agent: ModelAgent, gap: NonNullable<ModelAgent['gap']>, atMs: number): void {
    agent.isLate = true;
    agent.isUnknown = true;
    agent.isStalled = false;
    agent.gap = gap;
    this.#settle(agent, atMs, 'telemetry_gap');
  }

  #goOffline(agent: ModelAgent, atMs: number, reason: TransitionReason): void {
    agent.isOffline = true;
    agent.isUnknown = false;
    agent.isLate = false;
    agent.isStalled = false;
    agent.gap = null;
    this.#settle(agent, atMs, reason);
    this.ways.tidy();
  }

  /** Lets time pass for one agent alone. */
  #pass(agent: ModelAgent, nowMs: number): void {
    while (this.agents.get(agent.id) === agent) {
      const due = this.#next(agent);
      if (!(due.atMs <= nowMs)) return;
      due.happens(nowMs);
    }
  }

  /** Lease, late and stall start afresh. */
  #startAfresh(agent: ModelAgent, atMs: number): void {
    agent.isLate = false;
    agent.isStalled = false;
    if (agent.beats && !(agent.lastSeenMs >= atMs)) agent.lastSeenMs = atMs;
    agent.advancedMs = Math.max(agent.advancedMs, atMs);
    if (agent.declaredMs !== null) agent.declaredMs = Math.max(agent.declaredMs, atMs);
  }

  /** Where the status is another one now, tells of it, dated no earlier than what led to it. */
  #settle(agent: ModelAgent, atMs: number, reason: TransitionReason, isIrregular = false): void {
    const from = agent.status;
    const to = statusOf(agent);
    if (from === to) return;
    this.#announce(agent.id);
    agent.status = to;
    agent.sinceMs = from === null ? atMs : Math.max(atMs, agent.sinceMs);
    count(agent, agent.sinceMs);
    if (isIrregular) this.irregular++;
    this.#tell(agent.id, from, to, agent.sinceMs, from === null ? 'first_seen' : reason, isIrregular);
    if (from === null) return;
    if (to === 'offline' || (from === 'offline' && to !== 'stopped')) this.#flip(agent, agent.sinceMs);
  }

  #announce(id: string): void {
    const from = this.#unannounced.get(id);
    if (from === undefined) return;
    this.#unannounced.delete(id);
    this.#tell(id, from, 'unknown', this.startedMs, 'processor_restart', false);
  }

  #tell(
    id: string,
    from: string | null,
    to: string,
    atMs: number,
    reason: string,
    isIrregular: boolean,
  ): void {
    const irregular = isIrregular ? ' (irregular)' : '';
    this.#transitions.push(
      `${id} ${from ?? 'new'} → ${to} @${Math.round(atMs) / 1000} ${reason}${irregular}`,
    );
  }

  #reject(reason: string): void {
    this.rejections.set(reason, (this.rejections.get(reason) ?? 0) + 1);
  }

  /** Whole expected intervals since the last sign of life. */
  missedOf(agent: ModelAgent, nowMs: number): number | null {
    if (!agent.beats) return null;
    if (agent.isInMaintenance || agent.status === 'paused' || agent.status === 'stopped') return 0;
    const intervalMs = expectedMs(agent);
    return intervalMs === 0 ? 0 : Math.max(0, Math.floor((nowMs - agent.lastSeenMs) / intervalMs));
  }
}

type Counterlike = Readonly<Pick<ModelAgent['heartbeats'], 'value' | 'startMs' | 'pointMs'>>;

function isReason(said: string): said is 'rate_limit' | 'billing' {
  return said === 'rate_limit' || said === 'billing';
}

function pointOf({ startTimeMs, timeMs, temporality }: Observation): Parameters<typeof readPoint>[1] {
  return { startTimeMs, timeMs, isDelta: temporality === delta };
}

/** From then on it counts as what it is now; what was counted before is not counted anew. */
function count(agent: ModelAgent, atMs: number): void {
  const fromMs = Math.max(atMs, agent.counted.at(-1)?.fromMs ?? Number.NEGATIVE_INFINITY);
  agent.counted.push({ fromMs, kind: countedAs(agent) });
}

/** Its clock went back, or is another: what was learned of it, and the order of points made before, are void. */
function forgetClock(agent: ModelAgent): void {
  agent.signs = [];
  agent.reportedPointMs = 0;
  agent.leasePointMs = 0;
  agent.progress.pointMs = 0;
  if (agent.exhaustion !== null) agent.exhaustion.pointMs = 0;
  agent.earlyRecovery = null;
  for (const counter of agent.finished.values()) {
    counter.startMs = 0;
    counter.pointMs = 0;
  }
  for (const active of agent.active.values()) active.pointMs = 0;
}
