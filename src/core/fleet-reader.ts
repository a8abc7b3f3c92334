import { type AgentStatus, type Condition, type HealthTrend, statusPrecedence } from '@agent-vitals/contract';
import { type AgentBlock, blockShift, blockSize, flag, none, rowMask, statusCount } from './block.ts';
import { describeAgent } from './describe.ts';
import type { HostView } from './health/host-book.ts';
import type { IntegrationView } from './health/integration-book.ts';
import { judgeHealth } from './health/judge-health.ts';
import type { Health } from './health/score.ts';
import { trendOf } from './health/trend.ts';
import type { WorkFigures } from './health/work-book.ts';
import { heardAtMs, missedHeartbeats } from './lease.ts';
import type { Ledger } from './ledger.ts';
import type { Registry } from './registry.ts';
import type { Gap } from './silences.ts';
import { skewOf } from './skew.ts';
import { availabilityOf, statusIndex } from './status.ts';
import { encodeUtf8 } from './utf8.ts';
import type { AgentView, Availability, ExhaustionView, FleetView, SessionCounts, ViewParts } from './view.ts';

/** The reading half of a fleet: what every face sees, straight from the columns. */
export class FleetReader implements FleetView {
  protected readonly registry: Registry;
  protected readonly ledger: Ledger;
  protected readonly rejectionCounts = new Map<string, number>();

  constructor(registry: Registry, ledger: Ledger) {
    this.registry = registry;
    this.ledger = ledger;
  }

  get size(): number {
    return this.registry.size;
  }

  get slotLimit(): number {
    return this.registry.slotLimit;
  }

  get irregularTransitions(): number {
    return this.ledger.irregularTransitions;
  }

  get rejections(): ReadonlyMap<string, number> {
    return this.rejectionCounts;
  }

  isKnown(slot: number): boolean {
    return this.registry.isKnown(slot);
  }

  find(id: string): number {
    const bytes = encodeUtf8(id);
    return this.registry.ids.find(bytes, 0, bytes.length);
  }

  idOf(slot: number): string {
    return this.registry.ids.idOf(slot);
  }

  sessionOf(slot: number): string {
    return this.registry.sessions.textOf(this.block(slot).session[slot & rowMask]!);
  }

  typeOf(slot: number): string {
    return this.registry.types.textOf(this.block(slot).type[slot & rowMask]!);
  }

  pipelineOf(slot: number): string {
    const pipeline = this.block(slot).pipeline[slot & rowMask]!;
    return pipeline === 0 ? '' : this.ledger.pipelines.groupNameOf(pipeline);
  }

  statusOf(slot: number): AgentStatus {
    return statusPrecedence[this.block(slot).status[slot & rowMask]!] ?? 'unknown';
  }

  countIn(status: AgentStatus): number {
    return this.registry.countIn(status);
  }

  has(slot: number, condition: Condition): boolean {
    const block = this.block(slot);
    const row = slot & rowMask;
    if (condition === 'no_heartbeat') return !block.has(row, flag.beats) && !block.has(row, flag.declared);
    return block.has(row, flag[condition]);
  }

  everHad(slot: number, condition: Condition): boolean {
    return this.registry.everHad(slot, condition) || this.has(slot, condition);
  }

  transitionsTo(slot: number, status: AgentStatus): number {
    return this.block(slot).transitions[(slot & rowMask) * statusCount + statusPrecedence.indexOf(status)]!;
  }

  createdAtMsOf(slot: number): number {
    return this.block(slot).createdAtMs[slot & rowMask]!;
  }

  heartbeatsOf(slot: number): number {
    return this.block(slot).heartbeats[slot & rowMask]!;
  }

  lastSeenMsOf(slot: number): number {
    return heardAtMs(this.block(slot), slot & rowMask, this.registry.detail(slot));
  }

  missedHeartbeatsOf(slot: number, nowMs: number): number {
    const block = this.block(slot);
    const row = slot & rowMask;
    if (!block.has(row, flag.beats)) return Number.NaN;
    const status = this.statusOf(slot);
    if (status === 'paused' || status === 'stopped' || block.has(row, flag.maintenance)) return 0;
    return missedHeartbeats(block, row, nowMs);
  }

  clockSkewMsOf(slot: number): number {
    return skewOf(this.block(slot), slot & rowMask);
  }

  restartsOf(slot: number): number {
    return this.block(slot).restarts[slot & rowMask]!;
  }

  operationsCompletedOf(slot: number): number {
    return this.block(slot).operationsCompleted[slot & rowMask]!;
  }

  operationsFailedOf(slot: number): number {
    return this.block(slot).operationsFailed[slot & rowMask]!;
  }

  confidenceOf(slot: number): number {
    return asSaid(this.block(slot).confidence[slot & rowMask]!);
  }

  queueDepthOf(slot: number): number {
    return asSaid(this.block(slot).queueDepth[slot & rowMask]!);
  }

  cpuUtilizationOf(slot: number): number {
    return asSaid(this.block(slot).cpuUtilization[slot & rowMask]!);
  }

  memoryBytesOf(slot: number): number {
    return this.block(slot).memoryBytes[slot & rowMask]!;
  }

  threadCountOf(slot: number): number {
    return this.block(slot).threadCount[slot & rowMask]!;
  }

  fileDescriptorsOf(slot: number): number {
    return this.block(slot).fileDescriptors[slot & rowMask]!;
  }

  activeOperationsOf(slot: number): number {
    const active = this.registry.detail(slot)?.active;
    if (active === undefined || active.length === 0) return Number.NaN;
    return active.reduce((sum, operation) => sum + Math.max(0, operation.active), 0);
  }

  hostOf(slot: number): string {
    return this.registry.detail(slot)?.host ?? '';
  }

  availabilityOf(slot: number, nowMs: number): Availability {
    const block = this.block(slot);
    const row = slot & rowMask;
    let upMs = block.upMs[row]!;
    let downMs = block.downMs[row]!;
    const span = Math.max(0, nowMs - block.accountedAtMs[row]!);
    const kind = block.has(row, flag.maintenance) ? 'excluded' : availabilityOf(block.status[row]!);
    if (kind === 'up') upMs += span;
    else if (kind === 'down') downMs += span;
    const knownMs = Math.max(nowMs, block.accountedAtMs[row]!) - block.createdAtMs[row]!;
    return { upMs, downMs, excludedMs: Math.max(0, knownMs - upMs - downMs) };
  }

  get sessionCount(): number {
    return this.registry.sessionCount;
  }

  get sessionLimit(): number {
    return this.registry.sessions.indexLimit;
  }

  *sessions(): IterableIterator<SessionCounts> {
    for (const index of this.registry.sessionIndexes()) yield this.sessionAt(index)!;
  }

  session(id: string): SessionCounts | undefined {
    const index = this.registry.sessions.find(id);
    return index > 0 ? this.sessionAt(index) : undefined;
  }

  sessionAt(index: number): SessionCounts | undefined {
    const record = this.registry.sessionRecord(index);
    if (record === undefined) return undefined;
    const { counts, name } = record;
    let total = 0;
    for (let status = 0; status < statusCount; status++) total += counts[status]!;
    return {
      session: this.registry.sessions.textOf(index),
      name,
      countIn: (status) => counts[statusIndex[status]]!,
      countInMaintenance: (status) => counts[statusCount + statusIndex[status]]!,
      total,
    };
  }

  membersOf(session: string): number[] {
    const index = this.registry.sessions.find(session);
    if (index <= 0) return [];
    const members: number[] = [];
    this.registry.blocks.forEach((block, blockIndex) => {
      for (let row = 0; row < blockSize; row++) {
        if (block.session[row] === index && block.status[row] !== none) {
          members.push((blockIndex << blockShift) | row);
        }
      }
    });
    return members;
  }

  recentOperationsOf(slot: number, nowMs: number): number {
    return this.ledger.work.finishedOf(slot, nowMs);
  }

  recentDurationMsOf(slot: number, nowMs: number): number {
    return this.ledger.work.durationMsOf(slot, nowMs);
  }

  successRatioOf(slot: number, nowMs: number): number {
    return this.ledger.work.successRatioOf(slot, nowMs) ?? Number.NaN;
  }

  recentExecutionsOf(slot: number, nowMs: number): number {
    return this.ledger.work.recentExecutionsOf(slot, nowMs);
  }

  recentFailuresOf(slot: number, nowMs: number): number {
    return this.ledger.work.recentFailuresOf(slot, nowMs);
  }

  workOf(slot: number, nowMs: number): WorkFigures {
    return this.ledger.work.figuresOf(slot, nowMs);
  }

  healthOf(slot: number, nowMs: number): Health | null {
    return judgeHealth(this, this.ledger, slot, nowMs);
  }

  trendOf(slot: number, nowMs: number): HealthTrend | null {
    const { hour, day } = this.ledger.work.scoresOf(slot, nowMs);
    return trendOf(hour, day);
  }

  integrations(nowMs: number): IntegrationView[] {
    return this.ledger.integrations.views(nowMs);
  }

  integrationNames(): readonly string[] {
    return this.ledger.integrations.names();
  }

  integration(name: string, nowMs: number): IntegrationView | undefined {
    return this.ledger.integrations.viewOf(name, nowMs);
  }

  hosts(nowMs: number): HostView[] {
    return this.ledger.hosts.views(nowMs);
  }

  host(name: string, nowMs: number): HostView | undefined {
    return this.ledger.hosts.viewOf(name, nowMs);
  }

  exhaustionOf(slot: number): ExhaustionView | null {
    const exhaustion = this.registry.detail(slot)?.exhaustion ?? null;
    if (exhaustion === null || !this.has(slot, 'exhausted')) return null;
    return {
      reason: exhaustion.reason,
      scope: exhaustion.scope,
      exhaustedAtMs: exhaustion.exhaustedAtMs,
      recoveryAtMs: Number.isFinite(exhaustion.recoveryAtMs) ? exhaustion.recoveryAtMs : null,
      recoverySource: exhaustion.recoverySource,
    };
  }

  view(slot: number, nowMs: number, parts?: ViewParts): AgentView {
    return describeAgent(this, this.registry, this.ledger, slot, nowMs, parts);
  }

  /** The silences of whole pipelines under which agents are unknown. */
  get gaps(): readonly Gap[] {
    return this.ledger.pipelines.gaps;
  }

  protected block(slot: number): AgentBlock {
    return this.registry.blockOf(slot);
  }
}

/** What a column of four bytes holds, in the seven digits that it holds: 0.9, not 0.8999999761581421. */
function asSaid(value: number): number {
  // Most are short: printing and reading them costs ten times as much.
  const short = Math.round(value * 1e4) / 1e4;
  if (Math.abs(short) < 1000 && Math.fround(short) === value) return short;
  return Number(value.toPrecision(7));
}
