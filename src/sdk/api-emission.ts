import { attributes as a, reportedStates } from '@agent-vitals/contract';
import {
  type Attributes,
  type BatchObservableResult,
  createNoopMeter,
  diag,
  type MeterProvider,
  metrics,
  type Observable,
} from '@opentelemetry/api';
import { tellOfOtherApi } from './api-copies.ts';
import type { AgentReadings, AgentRecorder, Emission, ResourceReadings } from './emission.ts';
import { Instruments } from './instruments.ts';
import { version } from './version.ts';

/**
 * On somebody else's MeterProvider attribute sets are never forgotten and 2,000 a metric is the end; the state
 * metrics take eight an agent.
 */
export const agentLimitOfApi = 200;

/** Agents that said goodbye and wait for an export, where there is a provider but nobody collects. */
const leavingLimit = 1_000;

/** A provider is looked for between heartbeats, too: it is often registered just after the first agent. */
const firstSearchMs = 50;
const searchIntervalMs = 1_000;
const searches = 30;

/** Reports through the global provider of the OpenTelemetry API, whenever one is registered. */
export class ApiEmission implements Emission {
  readonly #agents = new Map<AgentReadings, ApiAgent>();
  readonly #leaving = new Map<string, ApiAgent>();
  #provider: unknown;
  #instruments: Instruments | undefined;
  #searchesLeft = searches;
  #search: ReturnType<typeof setTimeout> | undefined;
  #warned = false;
  #saidCopies = false;

  attach(agent: AgentReadings): AgentRecorder {
    const attached = new ApiAgent(agent, this);
    this.#agents.set(agent, attached);
    this.#leaving.delete(agent.id);
    if (this.#agents.size > agentLimitOfApi && !this.#warned) {
      this.#warned = true;
      diag.warn(
        `@agent-vitals/sdk: more than ${agentLimitOfApi} agents report through this MeterProvider, which keeps at most 2,000 attribute sets a metric and forgets none; use startVitals of @agent-vitals/sdk/node for many agents in one process`,
      );
    }
    if (!this.listens()) this.#searchSoon();
    return attached;
  }

  detach(agent: AgentReadings): void {
    const attached = this.#agents.get(agent);
    if (attached === undefined) return;
    this.#agents.delete(agent);
    if (this.#instruments === undefined) return;
    this.#leaving.set(agent.id, attached);
    if (this.#leaving.size > leavingLimit) this.#leaving.delete(this.#leaving.keys().next().value!);
  }

  /** The metrics API has no proxy for a provider that comes later, so we look at each heartbeat. */
  listens(): boolean {
    const provider = metrics.getMeterProvider();
    if (provider !== this.#provider) this.#follow(provider);
    return this.#instruments !== undefined;
  }

  get instruments(): Instruments | undefined {
    return this.#instruments;
  }

  #follow(provider: MeterProvider): void {
    this.#provider = provider;
    this.#instruments?.stop();
    this.#instruments = undefined;
    try {
      const meter = provider.getMeter('agent-vitals', version);
      if (meter === createNoopMeter()) return;
      this.#instruments = new Instruments(meter, (result, instruments) => this.#observe(result, instruments));
    } catch (error) {
      diag.error('@agent-vitals/sdk: cannot create instruments on the registered MeterProvider', error);
    }
  }

  #observe(result: BatchObservableResult, instruments: Instruments): void {
    for (const agent of this.#agents.values()) agent.observe(result, instruments);
    for (const agent of this.#leaving.values()) agent.observe(result, instruments);
    this.#leaving.clear();
  }

  #searchSoon(): void {
    if (this.#search !== undefined || this.#searchesLeft <= 0) return;
    const delayMs = this.#searchesLeft === searches ? firstSearchMs : searchIntervalMs;
    this.#searchesLeft--;
    this.#search = setTimeout(() => {
      this.#search = undefined;
      if (this.#agents.size === 0 || this.listens()) return;
      if (!this.#saidCopies) this.#saidCopies = tellOfOtherApi();
      this.#searchSoon();
    }, delayMs);
    this.#search.unref?.();
  }
}

/** One agent's attribute sets, built once. */
class ApiAgent implements AgentRecorder {
  readonly #agent: AgentReadings;
  readonly #emission: ApiEmission;
  /** Built at the first export: without a provider there is none. */
  #sets: AttributeSets | undefined;
  readonly #active = new Map<string, Attributes>();
  readonly #operations = new Map<string, Outcomes>();
  readonly #integrations = new Map<string, Outcomes>();
  /** Recovery attribute sets shown so far: the SDK repeats a gauge's last value for ever unless it is replaced. */
  readonly #recoveries = new Map<string, Attributes>();

  constructor(agent: AgentReadings, emission: ApiEmission) {
    this.#agent = agent;
    this.#emission = emission;
  }

  operation(name: string, durationSeconds: number, errorType: string | undefined): void {
    const histogram = this.#emission.instruments?.operationDuration;
    if (histogram === undefined) return;
    const attributes = this.#outcome(this.#operations, a.operationName, name, errorType);
    histogram.record(durationSeconds, attributes);
  }

  integration(name: string, durationSeconds: number, errorType: string | undefined): void {
    const histogram = this.#emission.instruments?.integrationDuration;
    if (histogram === undefined) return;
    const attributes = this.#outcome(this.#integrations, a.integrationName, name, errorType);
    histogram.record(durationSeconds, attributes);
  }

  observe(result: BatchObservableResult, to: Instruments): void {
    const agent = this.#agent;
    const { identity } = agent;
    this.#sets ??= attributeSetsOf(identity);
    const { states, sent, received } = this.#sets;
    for (let index = 0; index < reportedStates.length; index++) {
      const state = reportedStates[index]!;
      result.observe(to.reportedStatus, agent.state === state ? 1 : 0, states[index]!);
    }
    this.#observeRecovery(result, to);
    result.observe(to.heartbeats, agent.heartbeats, identity);
    observeKnown(result, to.heartbeatInterval, agent.heartbeatIntervalSeconds, identity);
    observeKnown(result, to.leaseExpiry, agent.leaseExpirySeconds, identity);
    for (let index = 0; index < reportedStates.length; index++) {
      result.observe(to.stateTime, agent.secondsIn(reportedStates[index]!), states[index]!);
    }
    if (agent.progress > 0) result.observe(to.progress, agent.progress, identity);
    for (const [name, count] of agent.activeOperations) {
      let attributes = this.#active.get(name);
      if (attributes === undefined) {
        attributes = { ...identity, [a.operationName]: name };
        this.#active.set(name, attributes);
      }
      result.observe(to.operationActive, count, attributes);
    }
    observeKnown(result, to.confidence, agent.confidence, identity);
    observeKnown(result, to.queueDepth, agent.queueDepth(), identity);
    if (agent.messagesSent > 0) result.observe(to.messages, agent.messagesSent, sent);
    if (agent.messagesReceived > 0) {
      result.observe(to.messages, agent.messagesReceived, received);
    }
    result.observe(to.info, 1, agent.info);
    if (agent.resources !== undefined) observeResources(result, to, agent.resources, identity);
  }

  #observeRecovery(result: BatchObservableResult, to: Instruments): void {
    const exhausted = this.#agent.exhausted;
    let current: Attributes | undefined;
    if (exhausted !== undefined) {
      const key = `${exhausted.reason}\n${exhausted.source}\n${exhausted.scope ?? ''}`;
      current = this.#recoveries.get(key);
      if (current === undefined) {
        current = {
          ...this.#agent.identity,
          [a.exhaustedReason]: exhausted.reason,
          [a.recoverySource]: exhausted.source,
          ...(exhausted.scope === undefined ? {} : { [a.exhaustedScope]: exhausted.scope }),
        };
        this.#recoveries.set(key, current);
      }
      result.observe(to.exhaustedRecoveryTime, exhausted.recoveryAtSeconds, current);
    }
    for (const past of this.#recoveries.values()) {
      if (past !== current) result.observe(to.exhaustedRecoveryTime, 0, past);
    }
  }

  #outcome(
    cache: Map<string, Outcomes>,
    key: string,
    name: string,
    errorType: string | undefined,
  ): Attributes {
    let outcomes = cache.get(name);
    if (outcomes === undefined) {
      outcomes = { success: { ...this.#agent.identity, [key]: name }, failures: new Map() };
      cache.set(name, outcomes);
    }
    if (errorType === undefined) return outcomes.success;
    let failure = outcomes.failures.get(errorType);
    if (failure === undefined) {
      failure = { ...outcomes.success, [a.errorType]: errorType };
      outcomes.failures.set(errorType, failure);
    }
    return failure;
  }
}

interface AttributeSets {
  /** In the order of `reportedStates`. */
  readonly states: readonly Attributes[];
  readonly sent: Attributes;
  readonly received: Attributes;
}

function attributeSetsOf(identity: Attributes): AttributeSets {
  return {
    states: reportedStates.map((state) => ({ ...identity, [a.agentState]: state })),
    sent: { ...identity, [a.messageDirection]: 'sent' },
    received: { ...identity, [a.messageDirection]: 'received' },
  };
}

interface Outcomes {
  readonly success: Attributes;
  readonly failures: Map<string, Attributes>;
}

function observeKnown(
  result: BatchObservableResult,
  instrument: Observable,
  value: number | undefined,
  attributes: Attributes,
): void {
  if (value !== undefined) result.observe(instrument, value, attributes);
}

function observeResources(
  result: BatchObservableResult,
  to: Instruments,
  resources: ResourceReadings,
  identity: Attributes,
): void {
  observeKnown(result, to.processCpuUtilization, resources.processCpuUtilization, identity);
  observeKnown(result, to.processMemoryUsage, resources.processMemoryUsageBytes, identity);
  observeKnown(result, to.processThreadCount, resources.processThreadCount, identity);
  observeKnown(result, to.processFileDescriptorCount, resources.processFileDescriptorCount, identity);
  observeKnown(result, to.eventLoopUtilization, resources.eventLoopUtilization, identity);
  observeKnown(result, to.systemCpuUtilization, resources.systemCpuUtilization, identity);
  observeKnown(result, to.systemCpuLogicalCount, resources.systemCpuLogicalCount, identity);
  observeKnown(result, to.systemMemoryUtilization, resources.systemMemoryUtilization, identity);
  observeKnown(result, to.systemMemoryLimit, resources.systemMemoryLimitBytes, identity);
}
