import type { AgentStatus, Condition } from '@agent-vitals/contract';
import type { AgentInfo, AgentView, ExhaustionView, FleetView, WorkFigures } from '../../src/core/index.ts';

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

interface Entry {
  view: AgentView;
  everHad: Set<Condition>;
  transitions: Map<AgentStatus, number>;
}

/**
 * A fleet that a test puts together by hand: it keeps what it is given and judges nothing. A slot is reused after its
 * agent is forgotten, as in the real one.
 */
export class HandmadeFleet implements FleetView {
  readonly gaps = [];
  readonly rejections = new Map<string, number>();
  irregularTransitions = 0;
  readonly #entries: (Entry | undefined)[] = [];

  /** Makes an agent known, in the lowest free slot; conditions that hold have held. */
  add(
    view: AgentView,
    history: { everHad?: Condition[]; transitions?: Partial<Record<AgentStatus, number>> } = {},
  ): number {
    const entry: Entry = {
      view,
      everHad: new Set([...(history.everHad ?? []), ...view.conditions]),
      transitions: new Map(Object.entries(history.transitions ?? {}) as [AgentStatus, number][]),
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

  availabilityOf(): { upMs: number; downMs: number; excludedMs: number } {
    return { upMs: 0, downMs: 0, excludedMs: 0 };
  }

  readonly sessionCount = 0;
  readonly sessionLimit = 0;

  *sessions(): IterableIterator<never> {}

  sessionAt(): undefined {
    return undefined;
  }

  session(): undefined {
    return undefined;
  }

  membersOf(): number[] {
    return [];
  }

  hosts(): never[] {
    return [];
  }

  host(): undefined {
    return undefined;
  }

  hostOf(slot: number): string {
    return this.#entry(slot).view.host ?? '';
  }

  workOf(): WorkFigures {
    return noWork;
  }

  healthOf(): null {
    return null;
  }

  trendOf(): null {
    return null;
  }

  integrations(): never[] {
    return [];
  }

  integrationNames(): never[] {
    return [];
  }

  integration(): undefined {
    return undefined;
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

  heartbeatsOf(slot: number): number {
    return this.#entry(slot).view.heartbeats ?? Number.NaN;
  }

  lastSeenMsOf(slot: number): number {
    return this.#entry(slot).view.lastSeenMs ?? Number.NaN;
  }

  missedHeartbeatsOf(slot: number): number {
    return this.#entry(slot).view.missedHeartbeats ?? Number.NaN;
  }

  clockSkewMsOf(slot: number): number {
    return this.#entry(slot).view.clockSkewMs ?? Number.NaN;
  }

  restartsOf(slot: number): number {
    return this.#entry(slot).view.restarts;
  }

  operationsCompletedOf(slot: number): number {
    return this.#entry(slot).view.operationsCompleted;
  }

  operationsFailedOf(slot: number): number {
    return this.#entry(slot).view.operationsFailed;
  }

  confidenceOf(slot: number): number {
    return this.#entry(slot).view.confidence ?? Number.NaN;
  }

  queueDepthOf(slot: number): number {
    return this.#entry(slot).view.queueDepth ?? Number.NaN;
  }

  cpuUtilizationOf(slot: number): number {
    return this.#entry(slot).view.cpuUtilization ?? Number.NaN;
  }

  memoryBytesOf(slot: number): number {
    return this.#entry(slot).view.memoryBytes ?? Number.NaN;
  }

  threadCountOf(slot: number): number {
    return this.#entry(slot).view.threadCount ?? Number.NaN;
  }

  fileDescriptorsOf(slot: number): number {
    return this.#entry(slot).view.fileDescriptors ?? Number.NaN;
  }

  activeOperationsOf(): number {
    return Number.NaN;
  }

  exhaustionOf(slot: number): ExhaustionView | null {
    return this.#entry(slot).view.exhaustion;
  }

  view(slot: number): AgentView {
    return { ...this.#entry(slot).view };
  }

  #entry(slot: number): Entry {
    const entry = this.#entries[slot];
    if (entry === undefined) throw new RangeError(`Cannot read slot ${slot} as it must be of a known agent`);
    return entry;
  }
}
