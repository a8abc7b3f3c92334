import type { ExhaustedReason, RecoverySource, ReportedState } from '@agent-vitals/contract';
import type { Attributes } from '@opentelemetry/api';
import { ApiEmission } from './api-emission.ts';

/** What an exhausted agent says of its recovery. */
export interface ExhaustedReading {
  readonly reason: ExhaustedReason;
  /** The account or provider that is out; undefined where not said. */
  readonly scope: string | undefined;
  /** When it expects to be back, Unix time. */
  readonly recoveryAtSeconds: number;
  readonly source: RecoverySource;
}

/** What the process and its host use; undefined is unknown. */
export interface ResourceReadings {
  readonly processCpuUtilization: number | undefined;
  readonly processMemoryUsageBytes: number | undefined;
  readonly processThreadCount: number | undefined;
  readonly processFileDescriptorCount: number | undefined;
  readonly eventLoopUtilization: number | undefined;
  readonly systemCpuUtilization: number | undefined;
  readonly systemCpuLogicalCount: number | undefined;
  readonly systemMemoryUtilization: number | undefined;
  readonly systemMemoryLimitBytes: number | undefined;
}

/**
 * An agent's plain fields, read at an export and never copied before. Counters only rise; a value of 0 in `progress`,
 * `messagesSent` and `messagesReceived` means the agent has never used it, and nothing is shown.
 */
export interface AgentReadings {
  /** `vitals.agent.id` and, where given, session and type: on every data point. One object for the agent's life. */
  readonly identity: Attributes;
  /** The identity and all that `vitals.agent.info` carries. One object for the agent's life. */
  readonly info: Attributes;
  readonly id: string;
  /** When it registered, ms since the epoch: the start of its counters. */
  readonly startTimeMs: number;
  readonly state: ReportedState;
  /** Seconds spent in a state so far, the running stay included; 0 for a state it was never in. */
  secondsIn(state: ReportedState): number;
  /** Undefined while it isn't exhausted, and where it will say itself when it is back. */
  readonly exhausted: ExhaustedReading | undefined;
  readonly heartbeats: number;
  /** The interval at which it promises to beat; undefined where it beats by hand and promises none. */
  readonly heartbeatIntervalSeconds: number | undefined;
  /** Unix time. */
  readonly leaseExpirySeconds: number | undefined;
  readonly progress: number;
  /** Operations under way by name; a name once used stays, with 0. */
  readonly activeOperations: ReadonlyMap<string, number>;
  /** 0 to 1. */
  readonly confidence: number | undefined;
  /** May call the author's own function: it never throws. */
  queueDepth(): number | undefined;
  readonly messagesSent: number;
  readonly messagesReceived: number;
  /** The last sample; undefined where another agent of this process carries it. */
  readonly resources: ResourceReadings | undefined;
}

/** Takes the durations of one agent. Names are bounded by the caller; `errorType` is set on failures only. */
export interface AgentRecorder {
  operation(name: string, durationSeconds: number, errorType: string | undefined): void;
  integration(name: string, durationSeconds: number, errorType: string | undefined): void;
}

/**
 * Where what agents say goes. One per process: the OpenTelemetry API's global provider, or the bootstrap's own
 * producer. No method throws. An agent attached under the id of one that is leaving replaces it at once.
 */
export interface Emission {
  /** Shows an agent from the next export on. */
  attach(agent: AgentReadings): AgentRecorder;
  /** The agent has said goodbye: it is in the next export and in none after that. */
  detach(agent: AgentReadings): void;
  /** Called at each heartbeat. Returns whether anybody listens: if not, sampling isn't worth its price. */
  listens(): boolean;
  /** The agent turned exhausted, error or stopped: worth an export before the next is due. */
  urgent?(agent: AgentReadings): void;
  /** Sends what waits; settles when it is sent or given up, and never rejects. */
  flush?(): Promise<void>;
}

/** Ties a running agent to whichever emission is current. */
export class EmissionLink {
  recorder: AgentRecorder;
  readonly #agent: AgentReadings;

  constructor(agent: AgentReadings) {
    this.#agent = agent;
    this.recorder = emission.attach(agent);
    links.add(this);
  }

  /** The agent has said goodbye. */
  release(): void {
    if (links.delete(this)) emission.detach(this.#agent);
  }

  /** Moves the agent from the emission that was to the one that is. */
  move(from: Emission, to: Emission): void {
    from.detach(this.#agent);
    this.recorder = to.attach(this.#agent);
  }
}

const links = new Set<EmissionLink>();
let emission: Emission = new ApiEmission();

/** The emission that agents of this process report to. */
export function currentEmission(): Emission {
  return emission;
}

/**
 * Sends what agents of this process say elsewhere; those that run already move over.
 *
 * @param next - The emission from now on.
 * @returns The emission until now, for whoever wants to put it back.
 */
export function useEmission(next: Emission): Emission {
  const previous = emission;
  if (next === previous) return previous;
  emission = next;
  for (const link of links) link.move(previous, next);
  return previous;
}
