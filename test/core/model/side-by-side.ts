import { Fleet, type FleetSettings, type Observation, type Transition } from '../../../src/core/index.ts';
import { line } from '../../support/observe.ts';
import { countedMs, expectedMs, isAtRest, type ModelAgent, skewOf, stateOf } from './facts.ts';
import { ReferenceFleet } from './reference-fleet.ts';
import { Senders } from './senders.ts';
import { agentCount, type Step } from './steps.ts';

/** What each side says differently, and after which step. */
export class Difference extends Error {}

/** Drives the fleet and its reference side by side through steps, and compares them after each. */
export class SideBySide {
  readonly #settings: FleetSettings;
  readonly #senders = new Senders();
  readonly #model: ReferenceFleet;
  #fleet: Fleet;
  #nowMs = 0;
  #lines: string[] = [];

  readonly #met: Set<string>;

  /**
   * @param settings - How both judge.
   * @param met - Takes the reasons of transitions, the conditions and gaps that were met.
   */
  constructor(settings: FleetSettings, met = new Set<string>()) {
    this.#settings = settings;
    this.#met = met;
    this.#fleet = new Fleet(settings);
    this.#model = new ReferenceFleet(settings, (id) => this.#fleet.find(id));
  }

  run(steps: readonly Step[]): void {
    steps.forEach((step, index) => {
      const touched = this.#take(step);
      this.#compare(touched, `step ${index} at ${this.#nowMs} ms: ${JSON.stringify(step)}`);
    });
  }

  /** Does one step on both sides; tells which agent alone is up to date, or null where all are. */
  #take(step: Step): string | null {
    switch (step.kind) {
      case 'pass':
        return this.#pass(step.ms);
      case 'drift':
        this.#nowMs += step.ms;
        return '';
      case 'process':
        this.#senders.replace(step, this.#nowMs);
        return '';
      case 'clock':
        this.#senders.setClock(step.agent, step.byMs, this.#nowMs);
        return '';
      case 'move':
        this.#senders.move(step);
        return '';
      case 'reroute':
        this.#senders.reroute(step);
        return '';
      case 'raw':
        return this.#send(this.#senders.raw(step, this.#nowMs), step.agent);
      case 'silence':
        return this.#send(this.#senders.valueless(step, this.#nowMs), step.agent);
      case 'deliver':
        return this.#deliver(step.at);
      case 'replay': {
        const former = this.#senders.sent.at(-1 - step.back);
        if (former === undefined || !Senders.isFresh(former, this.#nowMs)) return '';
        return this.#apply(former);
      }
      case 'round':
        return this.#round(step);
      case 'heard':
        this.#heard(step.pipeline);
        return '';
      case 'pause':
        return this.#pause(step.ms, step.heard);
      case 'restart':
        return this.#restart(step);
      case 'maintenance':
      case 'mute':
      case 'forget':
        return this.#operate(step);
      case 'declare':
        return this.#declare(step.agents);
      default: {
        const made = this.#senders.make(step, this.#nowMs);
        if (!step.way.isHeld) return this.#send(made, step.agent);
        this.#senders.held.push(made);
        return '';
      }
    }
  }

  /** Lets time pass; the fleet looks at each moment at which the model says that something becomes true. */
  #pass(ms: number): null {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const nextMs = Math.min(untilMs, Math.max(this.#nowMs, this.#model.nextMs()));
      this.#nowMs = nextMs;
      this.#note(this.#fleet.tick(nextMs));
      this.#model.tick(nextMs);
      if (nextMs === untilMs) return null;
    }
  }

  #send(observation: Observation, agent: number): string {
    this.#senders.sent.push(observation);
    const touched = this.#apply(observation);
    this.#heard(this.#senders.pipelineOf(agent));
    return touched;
  }

  #apply(observation: Observation): string {
    this.#note(this.#fleet.apply(observation, this.#nowMs));
    this.#model.apply(observation, this.#nowMs);
    return new TextDecoder().decode(observation.idBytes);
  }

  #heard(pipeline: string): void {
    this.#fleet.heard(pipeline, this.#nowMs);
    this.#model.heard(pipeline, this.#nowMs);
  }

  #deliver(at: number): string {
    const [held] = this.#senders.held.splice(Math.min(at, this.#senders.held.length - 1), 1);
    if (held === undefined || !Senders.isFresh(held, this.#nowMs)) return '';
    this.#senders.sent.push(held);
    const touched = this.#apply(held);
    this.#heard(held.pipeline);
    return touched;
  }

  /** All that come by a way in beat, but some, a few times. */
  #round({ pipeline, except, times, everyMs }: Extract<Step, { kind: 'round' }>): null {
    const way = { delayMs: 0, isHeld: false };
    for (let time = 0; time < times; time++) {
      const beating = Senders.behind(pipeline).filter((_, index) => ((except >> index) & 1) === 0);
      for (const agent of beating) {
        const step = { kind: 'beat', agent, process: 0, by: 1, isDelta: false, way } as const;
        this.#apply(this.#senders.make(step, this.#nowMs));
      }
      for (const way of new Set(beating.map((agent) => this.#senders.pipelineOf(agent)))) this.#heard(way);
      this.#pass(everyMs);
    }
    return null;
  }

  /** The processor stands still, then takes what waited in its receivers, then goes on. */
  #pause(ms: number, heard: readonly number[]): null {
    this.#fleet.suspend(this.#nowMs);
    this.#nowMs += ms;
    this.#model.suspend();
    heard.forEach((agent, index) => {
      const way = { delayMs: (ms * index) / 4, isHeld: false };
      const step = { kind: 'beat', agent, process: 0, by: 1, isDelta: false, way } as const;
      this.#send(this.#senders.make(step, this.#nowMs), agent);
    });
    this.#fleet.resume(ms, this.#nowMs);
    this.#model.resume(ms, this.#nowMs);
    return this.#pass(0);
  }

  /** The processor ends and another one begins with the images of the former. */
  #restart({ downMs, isMeasured }: Extract<Step, { kind: 'restart' }>): string {
    const next = new Fleet(this.#settings);
    for (let image = this.#fleet.takeImage(); image !== undefined; image = this.#fleet.takeImage()) {
      next.restore(structuredClone(image));
    }
    const savedMs = this.#nowMs;
    this.#nowMs += downMs;
    next.begin(savedMs, this.#nowMs, isMeasured);
    this.#fleet = next;
    this.#model.restart(savedMs, this.#nowMs, isMeasured);
    return '';
  }

  #operate(step: Extract<Step, { kind: 'maintenance' | 'mute' | 'forget' }>): string {
    const id = Senders.idOf(step.agent);
    const slot = this.#fleet.find(id);
    const agent = this.#model.agents.get(id);
    if (slot < 0 || agent === undefined) return id;
    if (step.kind === 'forget') {
      this.#fleet.forget(slot, this.#nowMs);
      this.#model.forget(agent, this.#nowMs);
    } else if (step.kind === 'mute') {
      if (step.forMs === null) this.#fleet.unmute(slot);
      else this.#fleet.mute(slot, this.#nowMs + step.forMs);
      agent.mutedUntilMs = step.forMs === null ? null : this.#nowMs + step.forMs;
    } else if (step.begins) {
      this.#fleet.beginMaintenance(slot, this.#nowMs);
      this.#model.beginMaintenance(agent, this.#nowMs);
    } else {
      this.#note(this.#fleet.endMaintenance(slot, this.#nowMs));
      this.#model.endMaintenance(agent, this.#nowMs);
    }
    return '';
  }

  #declare(agents: readonly number[]): string {
    const info = {
      name: null,
      description: null,
      version: null,
      kind: null,
      peers: [],
      payloadClass: null,
      location: null,
      sessionName: null,
      processId: null,
      hostId: null,
    };
    const declared = agents.map((agent) => ({ id: Senders.idOf(agent), type: 'declared', info }));
    this.#note(this.#fleet.declare(declared, this.#nowMs));
    this.#model.declare(declared, this.#nowMs);
    return '';
  }

  #note(transitions: readonly Transition[]): void {
    this.#lines.push(...transitions.map(line));
    for (const { reason } of transitions) this.#met.add(reason);
  }

  #compare(touched: string | null, where: string): void {
    const ids = touched === null ? allIds : touched === '' ? [] : [touched];
    const ours = {
      transitions: byAgent(this.#lines.splice(0)),
      agents: ids.map((id) => this.#ours(id)),
      size: this.#fleet.size,
      irregular: this.#fleet.irregularTransitions,
      rejections: [...this.#fleet.rejections].sort().join(),
      gaps: this.#fleet.gaps
        .map(({ pipeline, sinceMs, agents, isOpen }) => [pipeline, sinceMs, agents, isOpen].join(' '))
        .sort(),
    };
    const theirs = {
      transitions: byAgent(this.#model.take()),
      agents: ids.map((id) => this.#theirs(id)),
      size: this.#model.agents.size,
      irregular: this.#model.irregular,
      rejections: [...this.#model.rejections].sort().join(),
      gaps: this.#model.ways.gaps
        .map((gap) => [gap.pipeline, gap.sinceMs, this.#model.ways.unknownBy(gap), gap.isOpen].join(' '))
        .sort(),
    };
    if (ours.gaps.length > 0) this.#met.add('gap');
    const fleet = JSON.stringify(ours, null, 1);
    const model = JSON.stringify(theirs, null, 1);
    if (fleet === model) return;
    throw new Difference(`${where}\n${differingLines(fleet, model)}`);
  }

  #ours(id: string): string {
    const slot = this.#fleet.find(id);
    if (slot < 0) return `${id} none`;
    const view = this.#fleet.view(slot, this.#nowMs);
    for (const condition of view.conditions) this.#met.add(`condition ${condition}`);
    const { upMs, downMs, excludedMs } = this.#fleet.availabilityOf(slot, this.#nowMs);
    const { reason, scope, exhaustedAtMs, recoveryAtMs, recoverySource } = view.exhaustion ?? {};
    return [
      id,
      view.status,
      view.statusSinceMs,
      view.reportedState,
      view.conditions.join('+'),
      `seen ${view.lastSeenMs}`,
      `beats ${view.heartbeats}`,
      `expected ${view.expectedIntervalMs}`,
      `missed ${view.missedHeartbeats}`,
      `offline ${view.offlineAtMs}`,
      `skew ${view.clockSkewMs}`,
      `restarts ${view.restarts}`,
      `exhausted ${[reason, scope, exhaustedAtMs, recoveryAtMs, recoverySource].join(',')}`,
      `operations ${view.operationsCompleted},${view.operationsFailed},${view.currentOperation}`,
      `at ${[view.pipeline, view.session, view.type].join(',')}`,
      `up ${upMs}, down ${downMs}, not counted ${excludedMs}`,
    ].join(' | ');
  }

  #theirs(id: string): string {
    const agent = this.#model.agents.get(id);
    if (agent === undefined) return `${id} none`;
    const { exhaustion } = agent;
    const said =
      exhaustion === null || agent.hasRecovered
        ? ',,,,'
        : [
            exhaustion.reason,
            exhaustion.scope,
            exhaustion.exhaustedAtMs,
            Number.isFinite(exhaustion.recoveryAtMs) ? exhaustion.recoveryAtMs : null,
            exhaustion.source,
          ].join(',');
    const upMs = countedMs(agent, 'up', this.#nowMs);
    const downMs = countedMs(agent, 'down', this.#nowMs);
    const rests = isAtRest(agent) || stateOf(agent) === 'stopped' || agent.isOffline || agent.isUnknown;
    return [
      id,
      agent.status,
      agent.sinceMs,
      agent.reported,
      conditionsOf(agent).join('+'),
      `seen ${orNull(agent.heardMs)}`,
      `beats ${orNull(agent.heartbeats.value)}`,
      `expected ${expectedMs(agent) || null}`,
      `missed ${this.#model.missedOf(agent, this.#nowMs)}`,
      `offline ${agent.beats && !rests ? this.#model.offlineAtMs(agent) : null}`,
      `skew ${orNull(skewOf(agent))}`,
      `restarts ${agent.restarts}`,
      `exhausted ${said}`,
      `operations ${agent.completed},${agent.failed},${agent.currentOperation}`,
      `at ${[agent.pipeline || null, agent.session || null, agent.type || null].join(',')}`,
      `up ${upMs}, down ${downMs}, not counted ${Math.max(0, this.#nowMs - agent.createdMs - upMs - downMs)}`,
    ].join(' | ');
  }
}

const allIds = Array.from({ length: agentCount + 2 }, (_, agent) => Senders.idOf(agent));

function conditionsOf(agent: ModelAgent): string[] {
  return [
    agent.isLate && 'late',
    agent.isFlapping && 'flapping',
    agent.exhaustion !== null && !agent.hasRecovered && 'exhausted',
    agent.isInMaintenance && 'maintenance',
    agent.mutedUntilMs !== null && 'muted',
    !agent.beats && agent.declaredMs === null && 'no_heartbeat',
    agent.isInConflict && 'conflict',
  ].filter((condition) => condition !== false);
}

/** What befell each agent in its order; of several agents at one moment the order is free. */
function byAgent(lines: readonly string[]): string[] {
  return lines.toSorted((one, other) =>
    one.slice(0, one.indexOf(' ')).localeCompare(other.slice(0, other.indexOf(' '))),
  );
}

function differingLines(fleet: string, model: string): string {
  const ours = fleet.split('\n');
  const theirs = model.split('\n');
  const only = (lines: string[], others: string[], name: string) =>
    lines.filter((line) => !others.includes(line)).map((line) => `${name} ${line.trim()}`);
  return [...only(ours, theirs, 'fleet'), ...only(theirs, ours, 'model')].join('\n');
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
