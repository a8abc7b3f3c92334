import type { ReportedState } from '@agent-vitals/contract';
import type { Attributes } from '@opentelemetry/api';
import type { AgentReadings, ExhaustedReading, ResourceReadings } from '../../../src/sdk/emission.ts';

/** An agent's fields that a test writes by hand. */
export class PlainReadings implements AgentReadings {
  readonly id: string;
  readonly identity: Attributes;
  readonly info: Attributes;
  readonly startTimeMs: number;
  state: ReportedState = 'idle';
  readonly seconds: Partial<Record<ReportedState, number>> = {};
  exhausted: ExhaustedReading | undefined;
  heartbeats = 1;
  heartbeatIntervalSeconds: number | undefined = 10;
  leaseExpirySeconds: number | undefined;
  progress = 0;
  readonly activeOperations = new Map<string, number>();
  confidence: number | undefined;
  queue: number | undefined;
  messagesSent = 0;
  messagesReceived = 0;
  resources: ResourceReadings | undefined;

  constructor(id: string, startTimeMs = 1_700_000_000_000) {
    this.id = id;
    this.identity = { 'vitals.agent.id': id, 'vitals.session.id': 'session', 'vitals.agent.type': 'type' };
    this.info = { ...this.identity, 'gen_ai.agent.name': `Agent ${id}`, 'process.pid': 4711 };
    this.startTimeMs = startTimeMs;
  }

  secondsIn(state: ReportedState): number {
    return this.seconds[state] ?? 0;
  }

  queueDepth(): number | undefined {
    return this.queue;
  }
}
