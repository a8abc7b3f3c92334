import { rowMask } from './block.ts';
import { reportRecovery } from './exhaustion.ts';
import type { Judge } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { delta, type Observation, signalOf } from './observation.ts';
import type { Registry } from './registry.ts';
import { madeAt } from './skew.ts';
import { countActiveOperations, finishOperations, finishRequests } from './work.ts';

const signal = {
  heartbeats: signalOf('heartbeats'),
  heartbeatInterval: signalOf('heartbeatInterval'),
  leaseExpiry: signalOf('leaseExpiry'),
  reportedStatus: signalOf('reportedStatus'),
  progress: signalOf('progress'),
  operationDuration: signalOf('operationDuration'),
  operationActive: signalOf('operationActive'),
  integrationRequestDuration: signalOf('integrationRequestDuration'),
  confidence: signalOf('confidence'),
  queueDepth: signalOf('queueDepth'),
  exhaustedRecoveryTime: signalOf('exhaustedRecoveryTime'),
  messages: signalOf('messages'),
  info: signalOf('info'),
  processCpuUtilization: signalOf('processCpuUtilization'),
  processMemoryUsage: signalOf('processMemoryUsage'),
  processThreadCount: signalOf('processThreadCount'),
  processFileDescriptorCount: signalOf('processFileDescriptorCount'),
  eventLoopUtilization: signalOf('eventLoopUtilization'),
  systemCpuUtilization: signalOf('systemCpuUtilization'),
  systemMemoryUtilization: signalOf('systemMemoryUtilization'),
  systemCpuLogicalCount: signalOf('systemCpuLogicalCount'),
  systemMemoryLimit: signalOf('systemMemoryLimit'),
  stateChanged: signalOf('stateChanged'),
} as const;

/** `sent` and `received`, and a little room for what others call theirs. */
const maxDirections = 4;

/** Why an observation was not applied. */
export type RejectionReason =
  | 'agent_limit'
  | 'session_limit'
  | 'series_limit'
  | 'tombstone'
  | 'unknown_state'
  | 'invalid_value';

const hostFigures = new Map([
  [signal.systemCpuUtilization, 'cpuUtilization'],
  [signal.systemMemoryUtilization, 'memoryUtilization'],
  [signal.systemCpuLogicalCount, 'cpuCount'],
  [signal.systemMemoryLimit, 'memoryLimitBytes'],
] as const);

/** Leads each observation to the rule it concerns, and the plain figures to their columns. */
export class Intake {
  readonly #registry: Registry;
  readonly #ledger: Ledger;
  readonly #judge: Judge;
  readonly #reject: (reason: RejectionReason) => void;

  constructor(ledger: Ledger, judge: Judge, reject: (reason: RejectionReason) => void) {
    this.#registry = ledger.registry;
    this.#ledger = ledger;
    this.#judge = judge;
    this.#reject = reject;
  }

  /**
   * Takes what an observation says of a host.
   *
   * @returns Whether it was about a host.
   */
  takeHost(observation: Observation, nowMs: number): boolean {
    const figure = hostFigures.get(observation.signal);
    if (figure === undefined) return false;
    if (observation.host !== '') this.#ledger.hosts.note(observation.host, figure, observation.value, nowMs);
    return true;
  }

  /** Takes one observation of a known agent. */
  take(slot: number, observation: Observation, nowMs: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const { value } = observation;
    switch (observation.signal) {
      case signal.heartbeats:
        this.#judge.heartbeats(slot, observation, nowMs);
        break;
      case signal.progress:
        this.#judge.progress(slot, observation, nowMs);
        break;
      case signal.reportedStatus:
        // Every state comes each time, 0 for those that don't hold.
        if (value > 0) this.#report(slot, observation, nowMs);
        break;
      case signal.stateChanged:
        this.#report(slot, observation, nowMs);
        this.#noteStateChange(slot, observation);
        break;
      case signal.heartbeatInterval:
        if (value > 0 && value * 1000 <= this.#ledger.settings.maxLeaseMs)
          this.#judge.promise(slot, value * 1000);
        else this.#reject('invalid_value');
        break;
      case signal.leaseExpiry:
        // Without the agent's own time nobody can say how far ahead of it a moment lies.
        if (observation.timeMs === 0 || Number.isNaN(value)) {
          this.#reject('invalid_value');
          break;
        }
        this.#judge.lease(
          slot,
          observation.timeMs,
          madeAt(block, row, observation.timeMs, nowMs) + (value * 1000 - observation.timeMs),
          nowMs,
        );
        break;
      case signal.exhaustedRecoveryTime:
        if (observation.timeMs === 0 || Number.isNaN(value)) this.#reject('invalid_value');
        else reportRecovery(this.#ledger, slot, observation, nowMs);
        break;
      case signal.operationDuration:
        if (!finishOperations(this.#ledger, this.#judge, slot, observation, nowMs))
          this.#reject('series_limit');
        break;
      case signal.operationActive:
        if (!countActiveOperations(this.#ledger, this.#judge, slot, observation, nowMs)) {
          this.#reject('series_limit');
        }
        break;
      case signal.integrationRequestDuration:
        if (!finishRequests(this.#ledger, slot, observation, nowMs)) this.#reject('series_limit');
        break;
      case signal.confidence:
        if (value >= 0 && value <= 1) block.confidence[row] = value;
        else this.#reject('invalid_value');
        break;
      case signal.queueDepth:
        if (value >= 0) block.queueDepth[row] = value;
        else this.#reject('invalid_value');
        break;
      case signal.messages:
        this.#countMessages(slot, observation);
        break;
      case signal.info:
        this.#noteInfo(slot, observation);
        break;
      case signal.processCpuUtilization:
        block.cpuUtilization[row] = value;
        break;
      case signal.processMemoryUsage:
        block.memoryBytes[row] = value;
        break;
      case signal.processThreadCount:
        block.threadCount[row] = value;
        break;
      case signal.processFileDescriptorCount:
        block.fileDescriptors[row] = value;
        break;
      case signal.eventLoopUtilization:
        block.eventLoopUtilization[row] = value;
        break;
      case signal.systemCpuUtilization:
      case signal.systemMemoryUtilization:
      case signal.systemCpuLogicalCount:
      case signal.systemMemoryLimit:
        this.#noteHost(slot, observation.host);
        break;
      default:
        // Known by now, and that is all it says.
        break;
    }
  }

  #report(slot: number, observation: Observation, nowMs: number): void {
    if (!this.#judge.report(slot, observation.state, observation, nowMs)) this.#reject('unknown_state');
  }

  #noteInfo(slot: number, observation: Observation): void {
    const detail = this.#registry.ensureDetail(slot);
    detail.info = observation.info;
    detail.isInfoDeclared = false;
    detail.host = observation.info?.hostId ?? observation.host;
    const sessionName = observation.info?.sessionName ?? '';
    if (sessionName !== '') this.#registry.nameSession(slot, sessionName);
  }

  /** An agent that tells of a host runs there. */
  #noteHost(slot: number, host: string): void {
    if (host !== '' && this.#registry.detail(slot)?.host !== host) {
      this.#registry.ensureDetail(slot).host = host;
    }
  }

  #noteStateChange(slot: number, observation: Observation): void {
    const detail = this.#registry.ensureDetail(slot);
    detail.errorMessage =
      observation.state === 'error' && observation.message !== '' ? observation.message : null;
    detail.currentThread = observation.thread === '' ? null : observation.thread;
  }

  #countMessages(slot: number, observation: Observation): void {
    const detail = this.#registry.ensureDetail(slot);
    const { direction } = observation;
    const known = detail.messages.find((series) => series.direction === direction);
    if (known === undefined) {
      if (detail.messages.length >= maxDirections) {
        this.#reject('series_limit');
        return;
      }
      detail.messages.push({
        direction,
        count: observation.value,
        startMs: observation.startTimeMs,
        pointMs: observation.timeMs,
      });
      return;
    }
    if (observation.timeMs < known.pointMs) return;
    known.count = observation.temporality === delta ? known.count + observation.value : observation.value;
    known.pointMs = observation.timeMs;
  }
}
