import type { CollectionResult, MetricData, MetricProducer, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { type AgentEntry, nanosOf } from './agent-entry.ts';
import { DeltaBaselines } from './delta-baselines.ts';
import { type MetricEnums, metricData } from './metric-data.ts';
import { type ReadErrorHandler, RequestTemplate, type Temporality } from './request-template.ts';

/**
 * Agents in one request. One has about 4 kB in it, 15 with the longest names: within the 20 MiB that receivers take
 * by default.
 */
export const agentsPerRequest = 1_000;

/**
 * Agents that have said goodbye and wait until an export arrives. Beyond it those that have waited longest are
 * given up, so that a dead endpoint costs no more.
 */
export const leavingLimit = 10_000;

/** The scope of everything that the SDK emits. */
export interface Scope {
  readonly name: string;
  readonly version: string;
}

/** What one reader shows: its agents, those that say goodbye until it has shown them once more. */
export class AgentView {
  readonly #entries = new Set<AgentEntry>();
  readonly #leaving = new Map<string, AgentEntry>();
  #givenUp = 0;

  /** Shows an agent, in the place of one of the same id that still waits to be shown as stopped. */
  attach(entry: AgentEntry): void {
    const { id } = entry.agent;
    const predecessor = this.#leaving.get(id);
    if (predecessor !== undefined) this.#remove(predecessor);
    this.#entries.add(entry);
  }

  detach(entry: AgentEntry): void {
    if (!this.#entries.has(entry)) return;
    this.#leaving.set(entry.agent.id, entry);
    if (this.#leaving.size <= leavingLimit) return;
    for (const oldest of this.#leaving.values()) {
      this.#remove(oldest);
      this.#givenUp++;
      break;
    }
  }

  /** Takes out agents that said goodbye and have been shown since. */
  shown(entries: Iterable<AgentEntry>): void {
    for (const entry of entries) this.#remove(entry);
  }

  get entries(): readonly AgentEntry[] {
    return [...this.#entries];
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Agents that wait to be shown as stopped, by id. */
  get leaving(): ReadonlyMap<string, AgentEntry> {
    return this.#leaving;
  }

  /** Goodbyes that were dropped because too many waited. */
  get givenUp(): number {
    return this.#givenUp;
  }

  #remove(entry: AgentEntry): void {
    this.#entries.delete(entry);
    if (this.#leaving.get(entry.agent.id) === entry) this.#leaving.delete(entry.agent.id);
  }
}

/** Feeds a reader that takes the SDK's own shapes, such as the Prometheus exporter. */
export class PullProducer implements MetricProducer {
  readonly view = new AgentView();
  readonly #scope: Scope;
  readonly #resource: CollectionResult['resourceMetrics']['resource'];
  readonly #enums: MetricEnums;
  readonly #onError: ReadErrorHandler;

  /** @param resource - Any: a reader puts its own in the place of a producer's. */
  constructor(
    scope: Scope,
    resource: CollectionResult['resourceMetrics']['resource'],
    enums: MetricEnums,
    onError: ReadErrorHandler,
  ) {
    this.#scope = scope;
    this.#resource = resource;
    this.#enums = enums;
    this.#onError = onError;
  }

  async collect(): Promise<CollectionResult> {
    const { entries } = this.view;
    const metrics = metricData(entries, nanosOf(Date.now()), this.#enums, this.#onError);
    this.view.shown(entries.filter((entry) => entry.detached));
    const scopeMetrics = metrics.length === 0 ? [] : [{ scope: this.#scope, metrics }];
    return { resourceMetrics: { resource: this.#resource, scopeMetrics }, errors: [] };
  }
}

/** Feeds the bootstrap's own exporter, which takes the agents from here as bytes. */
export class PushProducer implements MetricProducer {
  readonly view = new AgentView();
  readonly #scope: Scope;
  readonly #resource: CollectionResult['resourceMetrics']['resource'];
  readonly #temporality: Temporality;
  readonly #onError: ReadErrorHandler;
  readonly #baselines = new DeltaBaselines();
  readonly #templates: RequestTemplate[] = [];

  /** @param resource - Any: a reader puts its own in the place of a producer's. */
  constructor(
    scope: Scope,
    resource: CollectionResult['resourceMetrics']['resource'],
    temporality: Temporality,
    onError: ReadErrorHandler,
  ) {
    this.#scope = scope;
    this.#resource = resource;
    this.#temporality = temporality;
    this.#onError = onError;
  }

  /** Yields a place holder: the fields are read only when the exporter writes a request. */
  async collect(): Promise<CollectionResult> {
    const scopeMetrics = this.view.size === 0 ? [] : [new AgentScope(this.#scope, this)];
    return { resourceMetrics: { resource: this.#resource, scopeMetrics }, errors: [] };
  }

  /** The agents of now, in requests. Each has to be written before the next is begun. */
  requests(): AgentRequest[] {
    const { entries } = this.view;
    const requests: AgentRequest[] = [];
    for (let from = 0; from < entries.length; from += agentsPerRequest) {
      const index = requests.length;
      this.#templates[index] ??= new RequestTemplate(this.#scope, this.#temporality, this.#baselines);
      const members = entries.slice(from, from + agentsPerRequest);
      requests.push(new AgentRequest(members, this.#templates[index], this.view, this.#onError));
    }
    this.#templates.length = requests.length;
    return requests;
  }
}

/** Stands for the agents in what a reader hands to its exporter. */
export class AgentScope implements ScopeMetrics {
  readonly scope: Scope;
  readonly metrics: MetricData[] = [];
  readonly producer: PushProducer;

  constructor(scope: Scope, producer: PushProducer) {
    this.scope = scope;
    this.producer = producer;
  }
}

/** Some of the agents in one request. */
export class AgentRequest {
  readonly #entries: readonly AgentEntry[];
  readonly #template: RequestTemplate;
  readonly #view: AgentView;
  readonly #onError: ReadErrorHandler;
  #commit: (() => void) | undefined;
  #goodbyes: readonly AgentEntry[] = [];

  constructor(
    entries: readonly AgentEntry[],
    template: RequestTemplate,
    view: AgentView,
    onError: ReadErrorHandler,
  ) {
    this.#entries = entries;
    this.#template = template;
    this.#view = view;
    this.#onError = onError;
  }

  /** Reads the agents and yields the request's body. */
  write(resource: Uint8Array, schemaUrl: string): Uint8Array {
    this.#goodbyes = this.#entries.filter((entry) => entry.detached);
    this.#commit = this.#template.fill(this.#entries, nanosOf(Date.now()), this.#onError);
    return this.#template.toBytes(resource, schemaUrl);
  }

  /** Data points of the body that was written last. */
  get points(): number {
    return this.#template.points;
  }

  /** The receiver has it: those that said goodbye are gone, increases count from here on. */
  delivered(): void {
    this.#commit?.();
    this.#view.shown(this.#goodbyes);
  }
}
