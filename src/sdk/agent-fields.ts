import type { ReportedState } from '@agent-vitals/contract';
import type { Attributes } from '@opentelemetry/api';
import type { AgentReadings, ExhaustedReading, ResourceReadings } from './emission.ts';
import { ignoreRejection } from './given.ts';
import type { Identity } from './identity.ts';
import type { OperationCount } from './operations.ts';
import { currentResources } from './resources.ts';
import type { StateKeeper } from './state-keeper.ts';

/** What an agent has said so far: plain fields, so that saying costs next to nothing. */
export class AgentFields implements AgentReadings {
  readonly id: string;
  readonly identity: Attributes;
  readonly info: Attributes;
  readonly startTimeMs: number;
  readonly states: StateKeeper;
  exhausted: ExhaustedReading | undefined;
  heartbeats = 0;
  heartbeatIntervalSeconds: number | undefined;
  leaseExpirySeconds: number | undefined;
  progress = 0;
  readonly operationCounts = new Map<string, OperationCount>();
  readonly #activeOperations = new Map<string, number>();
  confidence: number | undefined;
  queue: number | (() => number | undefined) | undefined;
  messagesSent = 0;
  messagesReceived = 0;
  showsResources = false;

  constructor(identity: Identity, startTimeMs: number, states: StateKeeper) {
    this.id = identity.id;
    this.identity = identity.identity;
    this.info = identity.info;
    this.startTimeMs = startTimeMs;
    this.states = states;
  }

  get state(): ReportedState {
    return this.states.state;
  }

  secondsIn(state: ReportedState): number {
    return this.states.secondsIn(state);
  }

  get activeOperations(): ReadonlyMap<string, number> {
    for (const { name, active } of this.operationCounts.values()) this.#activeOperations.set(name, active);
    return this.#activeOperations;
  }

  queueDepth(): number | undefined {
    try {
      const depth = typeof this.queue === 'function' ? this.queue() : this.queue;
      if (typeof depth === 'number' && Number.isFinite(depth) && depth >= 0) return depth;
      ignoreRejection(depth);
      return undefined;
    } catch {
      // The author's callback failed: the depth is unknown, which is what the absent series says.
      return undefined;
    }
  }

  get resources(): ResourceReadings | undefined {
    return this.showsResources ? currentResources() : undefined;
  }
}
