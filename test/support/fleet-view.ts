import type { AgentStatus, Condition } from '@agent-vitals/contract';
import type {
  AgentInfo,
  AgentView,
  Availability,
  ExhaustionView,
  FleetView,
  Gap,
  Health,
  HostView,
  IntegrationView,
  SessionCounts,
  WorkFigures,
} from '../../src/core/index.ts';
import type { ExposedFleet } from '../../src/processor/out/prometheus/exposed-fleet.ts';
import type { ListedFleet } from '../../src/processor/out/rest/list-agents.ts';

const noWork: WorkFigures = {
  finished: 0,
  errorRatio: null,
  successRatio: null,
  meanDurationMs: null,
  latencyRatio: null,
  recentExecutions: 0,
  recentFailures: 0,
};

/** An agent of which nothing is known but that it is there and idle. */
export function agentView(id: string, facts: Partial<AgentView> = {}): AgentView {
  return {
    id,
    session: null,
    type: null,
    pipeline: null,
    info: null,
    status: 'idle',
    reportedState: 'idle',
    conditions: [],
    createdAtMs: 0,
    statusSinceMs: 0,
    lastSeenMs: null,
    heartbeats: null,
    expectedIntervalMs: null,
    missedHeartbeats: null,
    offlineAtMs: null,
    clockSkewMs: null,
    restarts: 0,
    exhaustion: null,
    operationsCompleted: 0,
    operationsFailed: 0,
    currentOperation: null,
    currentThread: null,
    errorMessage: null,
    confidence: null,
    queueDepth: null,
    messages: null,
    cpuUtilization: null,
    memoryBytes: null,
    threadCount: null,
    fileDescriptors: null,
    availability: null,
    work: noWork,
    health: null,
    trend: null,
    healthNotedAtMs: null,
    host: null,
    declared: false,
    ...facts,
  };
}

/** What `vitals.agent.info` says; null where not said. */
export function agentInfo(facts: Partial<AgentInfo> = {}): AgentInfo {
  return {
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
    ...facts,
  };
}

/** A health of which nothing but the score is known. */
export function healthOfScore(score: number): Health {
  return { score, level: 'healthy', factors: [], cap: null };
}

/** What is known of operations; nothing where not said. */
export function workFigures(facts: Partial<WorkFigures> = {}): WorkFigures {
  return { ...noWork, ...facts };
}

/** A host of which nothing is known but its name. */
export function hostView(host: string, facts: Partial<HostView> = {}): HostView {
  return {
    host,
    cpuUtilization: null,
    memoryUtilization: null,
    cpuCount: null,
    memoryLimitBytes: null,
    ...facts,
  };
}

/** What a fleet counts beside its agents. */
interface History {
  everHad?: Condition[];
  transitions?: Partial<Record<AgentStatus, number>>;
  availability?: Availability;
  activeOperations?: number;
}

interface Entry {
  view: AgentView;
  everHad: Set<Condition>;
  transitions: Map<AgentStatus, number>;
  availability: Availability;
  activeOperations: number;
}

/**
 * A fleet that a test puts together by hand: it keeps what it is given and judges nothing. A slot is reused after its
 * agent is forgotten, as in the real one. It is as much of a fleet as the exposition and REST's list read.
 */
export class HandmadeFleet
  implements ExposedFleet, ListedFleet, Pick<FleetView, 'rejections' | 'irregularTransitions'>
{
  gaps: Gap[] = [];
  integrations: IntegrationView[] = [];
  readonly hostViews: HostView[] = [];
  readonly rejections = new Map<string, number>();
  irregularTransitions = 0;
  readonly #entries: (Entry | undefined)[] = [];

  /** Makes an agent known, in the lowest free slot; conditions that hold have held. */
  add(view: AgentView, history: History = {}): number {
    const entry: Entry = {
      view,
      everHad: new Set([...(history.everHad ?? []), ...view.conditions]),
      transitions: new Map(Object.entries(history.transitions ?? {}) as [AgentStatus, number][]),
      availability: history.availability ?? { upMs: 0, downMs: 0, excludedMs: 0 },
      activeOperations: history.activeOperations ?? Number.NaN,
    };
    const free = this.#entries.indexOf(undefined);
    const slot = free < 0 ? this.#entries.length : free;
    this.#entries[slot] = entry;
    return slot;
  }

  /** Says something new of a known agent. */
  change(slot: number, facts: Partial<AgentView>): void {
    const entry = this.#entry(slot);
    entry.view = { ...entry.view, ...facts };
    for (const condition of entry.view.conditions) entry.everHad.add(condition);
  }

  /** Says anew how a known agent's time counts. */
  account(slot: number, availability: Availability): void {
    this.#entry(slot).availability = availability;
  }

  forget(slot: number): void {
    this.#entry(slot);
    this.#entries[slot] = undefined;
  }

  get size(): number {
    return this.#entries.filter((entry) => entry !== undefined).length;
  }

  get slotLimit(): number {
    return this.#entries.length;
  }

  isKnown(slot: number): boolean {
    return this.#entries[slot] !== undefined;
  }

  find(id: string): number {
    return this.#entries.findIndex((entry) => entry?.view.id === id);
  }

  idOf(slot: number): string {
    return this.#entry(slot).view.id;
  }

  sessionOf(slot: number): string {
    return this.#entry(slot).view.session ?? '';
  }

  typeOf(slot: number): string {
    return this.#entry(slot).view.type ?? '';
  }

  pipelineOf(slot: number): string {
    return this.#entry(slot).view.pipeline ?? '';
  }

  statusOf(slot: number): AgentStatus {
    return this.#entry(slot).view.status;
  }

  countIn(status: AgentStatus): number {
    return this.#entries.filter((entry) => entry?.view.status === status).length;
  }

  has(slot: number, condition: Condition): boolean {
    return this.#entry(slot).view.conditions.includes(condition);
  }

  everHad(slot: number, condition: Condition): boolean {
    return this.#entry(slot).everHad.has(condition);
  }

  transitionsTo(slot: number, status: AgentStatus): number {
    return this.#entry(slot).transitions.get(status) ?? 0;
  }

  availabilityOf(slot: number): Availability {
    return this.#entry(slot).availability;
  }

  queueDepthOf(slot: number): number {
    return this.#entry(slot).view.queueDepth ?? Number.NaN;
  }

  activeOperationsOf(slot: number): number {
    return this.#entry(slot).activeOperations;
  }

  exhaustionOf(slot: number): ExhaustionView | null {
    return this.#entry(slot).view.exhaustion;
  }

  view(slot: number): AgentView {
    return { ...this.#entry(slot).view };
  }

  get sessionLimit(): number {
    return this.#sessionIds().length;
  }

  /** Sessions by the slot of their first member. */
  sessionAt(index: number): SessionCounts | undefined {
    const session = this.#sessionIds()[index];
    if (session === undefined) return undefined;
    const members = this.#entries
      .filter((entry) => entry?.view.session === session)
      .map((entry) => entry!.view);
    const inStatus = (status: AgentStatus) => members.filter((view) => view.status === status);
    return {
      session,
      name: null,
      total: members.length,
      countIn: (status) => inStatus(status).length,
      countInMaintenance: (status) =>
        inStatus(status).filter((view) => view.conditions.includes('maintenance')).length,
    };
  }

  integrationNames(): string[] {
    return this.integrations.map(({ name }) => name);
  }

  integration(name: string): IntegrationView | undefined {
    return this.integrations.find((known) => known.name === name);
  }

  hosts(): HostView[] {
    return this.hostViews;
  }

  #sessionIds(): string[] {
    const ids = new Set(this.#entries.map((entry) => entry?.view.session ?? ''));
    ids.delete('');
    return [...ids];
  }

  #entry(slot: number): Entry {
    const entry = this.#entries[slot];
    if (entry === undefined) throw new RangeError(`Cannot read slot ${slot} as it must be of a known agent`);
    return entry;
  }
}
