import { type AgentStatus, type Condition, conditions, statusPrecedence } from '@agent-vitals/contract';
import { AgentBlock, blockShift, blockSize, flag, none, rowMask, statusCount } from './block.ts';
import { type AgentDetail, emptyDetail } from './detail.ts';
import { IdDirectory } from './id-directory.ts';
import type { FleetSettings } from './settings.ts';
import { StringTable } from './string-table.ts';

/** Types and pipelines are few by nature; beyond this many a new one reads as not said. */
const maxTypes = 65_536;

/** A session that has members. */
export interface SessionRecord {
  /** Members by status, as columns hold statuses; then, once more, those of them that are in maintenance. */
  readonly counts: Uint32Array;
  /** As its members call it, null where none does. */
  name: string | null;
}

/**
 * Where agents lie: slots, blocks of columns, ids, shared texts, and the details that only some have. It stores and
 * counts; it judges nothing.
 */
export class Registry {
  readonly blocks: AgentBlock[] = [];
  readonly ids: IdDirectory;
  readonly sessions: StringTable;
  readonly types = new StringTable(maxTypes);
  readonly pipelines = new StringTable(maxTypes);
  /** By block and row: found in a third of a map's time, and most agents have some. */
  readonly #details: (AgentDetail | undefined)[][] = [];
  readonly #settings: FleetSettings;
  readonly #free: number[] = [];
  readonly #countByStatus = new Uint32Array(statusCount);
  readonly #sessions = new Map<number, SessionRecord>();
  #slotLimit = 0;

  constructor(settings: FleetSettings) {
    this.#settings = settings;
    this.ids = new IdDirectory(settings.hashSeed);
    this.sessions = new StringTable(settings.maxSessions);
  }

  get size(): number {
    return this.ids.size;
  }

  get slotLimit(): number {
    return this.#slotLimit;
  }

  get isFull(): boolean {
    return this.size >= this.#settings.maxAgents;
  }

  blockOf(slot: number): AgentBlock {
    return this.blocks[slot >>> blockShift]!;
  }

  isKnown(slot: number): boolean {
    return slot >= 0 && slot < this.#slotLimit && this.blockOf(slot).status[slot & rowMask] !== none;
  }

  /** Gives an id a slot. The caller has seen that it is unknown and that there is room. */
  add(bytes: Uint8Array, start: number, end: number, nowMs: number): number {
    const slot = this.#free.pop() ?? this.#slotLimit++;
    this.ensureBlock(slot).reset(slot & rowMask, nowMs);
    this.ids.add(slot, bytes, start, end);
    return slot;
  }

  /** The block of a slot that is to be put back, made where there is none. */
  ensureBlock(slot: number): AgentBlock {
    const index = slot >>> blockShift;
    while (this.blocks.length <= index) this.blocks.push(emptyBlock());
    return this.blocks[index]!;
  }

  /** Puts a row of a snapshot back. */
  putBack(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.ids.add(slot, bytes, start, end);
    const block = this.blockOf(slot);
    this.#count(block, slot & rowMask, 1);
  }

  /** After all images are back: every slot below the last that is taken and is not, is free. */
  collectFree(): void {
    this.#slotLimit = this.blocks.length * blockSize;
    this.#free.length = 0;
    for (let slot = this.#slotLimit - 1; slot >= 0; slot--) if (!this.isKnown(slot)) this.#free.push(slot);
  }

  /** Forgets an agent and frees its slot. */
  remove(slot: number): void {
    const block = this.blockOf(slot);
    const row = slot & rowMask;
    this.#count(block, row, -1);
    this.#leaveSession(block.session[row]!);
    this.types.release(block.type[row]!);
    this.pipelines.release(block.pipeline[row]!);
    this.ids.remove(slot);
    if (this.detail(slot) !== undefined) this.#details[slot >>> blockShift]![slot & rowMask] = undefined;
    block.reset(row, 0);
    block.session[row] = 0;
    block.type[row] = 0;
    block.pipeline[row] = 0;
    this.#free.push(slot);
  }

  /** Sets the status column and counts agents by status. */
  setStatus(slot: number, status: number): void {
    const block = this.blockOf(slot);
    const row = slot & rowMask;
    this.#count(block, row, -1);
    block.status[row] = status;
    this.#count(block, row, 1);
  }

  /** Sets or clears the flag of maintenance, by which sessions count their members too. */
  setMaintenance(slot: number, isInMaintenance: boolean): void {
    const block = this.blockOf(slot);
    const row = slot & rowMask;
    this.#count(block, row, -1);
    if (isInMaintenance) block.set(row, flag.maintenance);
    else block.clear(row, flag.maintenance);
    this.#count(block, row, 1);
  }

  /** Moves an agent to another session; the index is acquired already. */
  moveToSession(slot: number, session: number): void {
    const block = this.blockOf(slot);
    const row = slot & rowMask;
    this.#count(block, row, -1);
    this.#leaveSession(block.session[row]!);
    block.session[row] = session;
    this.#count(block, row, 1);
  }

  /** Notes what a member calls its session. */
  nameSession(slot: number, name: string): void {
    const session = this.blockOf(slot).session[slot & rowMask]!;
    if (session !== 0) this.#ensureSession(session).name = name;
  }

  /** A session by its index; undefined where it has no members. */
  sessionRecord(session: number): SessionRecord | undefined {
    return this.#sessions.get(session);
  }

  /** The sessions that have members, by index. */
  sessionIndexes(): IterableIterator<number> {
    return this.#sessions.keys();
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Counts the agent in or out, as its columns have it. */
  #count(block: AgentBlock, row: number, by: 1 | -1): void {
    const status = block.status[row]!;
    if (status === none) return;
    this.#countByStatus[status]! += by;
    const session = block.session[row]!;
    if (session === 0) return;
    const { counts } = this.#ensureSession(session);
    counts[status]! += by;
    if (block.has(row, flag.maintenance)) counts[statusCount + status]! += by;
  }

  #ensureSession(session: number): SessionRecord {
    let record = this.#sessions.get(session);
    if (record === undefined) {
      record = { counts: new Uint32Array(2 * statusCount), name: null };
      this.#sessions.set(session, record);
    }
    return record;
  }

  #leaveSession(session: number): void {
    this.sessions.release(session);
    if (session !== 0 && this.sessions.usesOf(session) === 0) this.#sessions.delete(session);
  }

  countIn(status: AgentStatus): number {
    return this.#countByStatus[statusPrecedence.indexOf(status)]!;
  }

  detail(slot: number): AgentDetail | undefined {
    return this.#details[slot >>> blockShift]?.[slot & rowMask];
  }

  /** The agent's details, made where it has none. */
  ensureDetail(slot: number): AgentDetail {
    return this.detail(slot) ?? this.#addDetail(slot);
  }

  #addDetail(slot: number): AgentDetail {
    const index = slot >>> blockShift;
    while (this.#details.length <= index) this.#details.push([]);
    const details = this.#details[index]!;
    if (details.length === 0) for (let row = 0; row < blockSize; row++) details.push(undefined);
    const detail = emptyDetail();
    details[slot & rowMask] = detail;
    return detail;
  }

  /** Notes a condition as one that ever held. */
  noteCondition(slot: number, condition: Condition): void {
    const block = this.blockOf(slot);
    const row = slot & rowMask;
    block.everConditions[row] = block.everConditions[row]! | (1 << conditions.indexOf(condition));
  }

  everHad(slot: number, condition: Condition): boolean {
    const ever = this.blockOf(slot).everConditions[slot & rowMask]!;
    return (ever & (1 << conditions.indexOf(condition))) !== 0;
  }
}

/** A block whose rows are all free. */
function emptyBlock(): AgentBlock {
  const block = new AgentBlock();
  block.status.fill(none);
  block.deadlineMs.fill(Number.POSITIVE_INFINITY);
  for (let row = 0; row < blockSize; row++) block.reported[row] = none;
  return block;
}
