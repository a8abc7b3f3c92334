import { cumulative, delta, encodeUtf8, Observation, signalOf } from '../../../src/core/index.ts';
import { agentCount, pipelines, type Step, type Way } from './steps.ts';

/** Agents' clocks show the epoch; the fleet's time line begins at 0. */
const epochMs = 1_800_000_000_000;

/** One process behind an agent's id, as the steps have made it. */
interface Process {
  startMs: number;
  clockMs: number;
  beats: number;
  progress: number;
  finished: Map<string, number>;
}

type Said = Extract<Step, { agent: number; way: Way }>;

/** What the agents of a run would send: makes observations of steps, holds some back, keeps all for replays. */
export class Senders {
  readonly held: Observation[] = [];
  readonly sent: Observation[] = [];
  readonly #processes = new Map<string, Process>();
  readonly #placed = new Map<number, { pipeline: string; session: string; type: string }>();

  static idOf(agent: number): string {
    return `a-${agent}`;
  }

  /** The agents that come by a pipeline, or all direct senders. */
  static behind(pipeline: string): number[] {
    return Array.from({ length: agentCount }, (_, agent) => agent).filter((agent) =>
      pipeline === 'direct' ? pipelines[agent]!.startsWith('peer-') : pipelines[agent] === pipeline,
    );
  }

  /** Whether an observation may still be delivered: no queue keeps what is older than two hours. */
  static isFresh(made: Observation, nowMs: number): boolean {
    return Math.abs(epochMs + nowMs - made.timeMs) < 7_200_000;
  }

  /** A new process takes the place of an agent's. */
  replace({ agent, process, clockMs, keepsCount }: Extract<Step, { kind: 'process' }>, nowMs: number): void {
    const former = this.#process(agent, process, nowMs);
    this.#processes.set(`${agent}/${process}`, {
      startMs: nowMs + clockMs,
      clockMs,
      beats: keepsCount ? former.beats : 0,
      progress: 0,
      finished: new Map(),
    });
  }

  /** An agent's clock is set. */
  setClock(agent: number, byMs: number, nowMs: number): void {
    const process = this.#process(agent, 0, nowMs);
    process.clockMs = Math.max(-3_600_000, Math.min(3_600_000, process.clockMs + byMs));
  }

  move({ agent, pipeline, session, type }: Extract<Step, { kind: 'move' }>): void {
    this.#placed.set(agent, { pipeline, session, type });
  }

  /** All agents of a way in come by another one from now on; null is their own again. */
  reroute({ from, to }: Extract<Step, { kind: 'reroute' }>): void {
    for (const agent of Senders.behind(from)) {
      const { session = '', type = '' } = this.#placed.get(agent) ?? {};
      this.#placed.set(agent, { pipeline: to ?? pipelines[agent]!, session, type });
    }
  }

  pipelineOf(agent: number): string {
    return this.#placed.get(agent)?.pipeline ?? pipelines[agent] ?? '';
  }

  /** The observation that a step makes. */
  make(step: Said, nowMs: number): Observation {
    const made = this.#blank(step.agent);
    const process = this.#process(step.agent, step.kind === 'beat' ? step.process : 0, nowMs);
    const pointMs = nowMs + process.clockMs - step.way.delayMs;
    made.timeMs = epochMs + pointMs;
    made.startTimeMs = epochMs + process.startMs;
    switch (step.kind) {
      case 'beat':
        made.signal = signalOf('heartbeats');
        process.beats += step.by;
        count(made, step, process.beats);
        break;
      case 'progress':
        made.signal = signalOf('progress');
        process.progress += step.by;
        count(made, step, process.progress);
        break;
      case 'finish': {
        made.signal = signalOf('operationDuration');
        made.operation = step.name;
        made.errorType = step.fails ? 'Timeout' : '';
        const name = `${made.operation}/${made.errorType}`;
        const total = (process.finished.get(name) ?? 0) + step.by;
        process.finished.set(name, total);
        count(made, step, total);
        made.count = made.value;
        break;
      }
      case 'operate':
        made.signal = signalOf('operationActive');
        made.operation = step.name;
        made.temporality = step.isDelta ? delta : cumulative;
        made.value = step.isDelta ? step.active - 1 : step.active;
        break;
      case 'report':
        made.signal = signalOf(step.isEvent ? 'stateChanged' : 'reportedStatus');
        made.state = step.state;
        made.reason = step.isEvent ? step.reason : '';
        made.value = 1;
        break;
      case 'promise':
        made.signal = signalOf('heartbeatInterval');
        made.value = step.seconds;
        break;
      case 'lease':
        made.signal = signalOf('leaseExpiry');
        made.value = (made.timeMs + step.aheadMs) / 1000;
        break;
      case 'recovery':
        made.signal = signalOf('exhaustedRecoveryTime');
        // Whole minutes, so that the same time is said again.
        made.value = Math.max(0, Math.floor((made.timeMs + step.aheadMs) / 60_000) * 60);
        made.exhaustedReason = step.reason;
        made.exhaustedScope = step.reason === '' ? '' : 'account-1';
        made.recoverySource = step.source;
        break;
      case 'seen':
        made.introduces = step.introduces;
        break;
    }
    return made;
  }

  /** A heartbeat point with whatever value and times. */
  raw(
    { agent, value, startMs, timeMs, isDelta }: Extract<Step, { kind: 'raw' }>,
    nowMs: number,
  ): Observation {
    const made = this.#blank(agent);
    made.signal = signalOf('heartbeats');
    made.temporality = isDelta ? delta : cumulative;
    made.value = value;
    made.startTimeMs = startMs === 0 ? 0 : epochMs + startMs;
    made.timeMs = timeMs === 0 ? 0 : epochMs + nowMs + Math.trunc(timeMs);
    return made;
  }

  /** A point that says that its series has no value now. */
  valueless({ agent, signal }: Extract<Step, { kind: 'silence' }>, nowMs: number): Observation {
    const made = this.#blank(agent);
    made.signal = signalOf(signal);
    made.temporality = cumulative;
    made.state = 'busy';
    made.value = 1;
    made.noRecordedValue = true;
    made.timeMs = epochMs + nowMs;
    return made;
  }

  #blank(agent: number): Observation {
    const made = new Observation();
    made.idBytes = encodeUtf8(Senders.idOf(agent));
    made.idEnd = made.idBytes.length;
    const placed = this.#placed.get(agent);
    made.pipeline = this.pipelineOf(agent);
    made.session = placed?.session ?? '';
    made.type = placed?.type ?? '';
    return made;
  }

  #process(agent: number, number: 0 | 1, nowMs: number): Process {
    const key = `${agent}/${number}`;
    let process = this.#processes.get(key);
    if (process === undefined) {
      // Half of the agents have clocks of their own.
      const clockMs = agent % 2 === 0 ? 0 : (agent - 10) * 240_000;
      process = { startMs: nowMs + clockMs, clockMs, beats: 0, progress: 0, finished: new Map() };
      this.#processes.set(key, process);
    }
    return process;
  }
}

function count(made: Observation, step: { isDelta: boolean; by: number }, total: number): void {
  made.temporality = step.isDelta ? delta : cumulative;
  made.value = step.isDelta ? step.by : total;
}
