import { flag, rowMask } from './block.ts';
import type { Ledger } from './ledger.ts';
import type { AgentInfo } from './observation.ts';
import type { Registry } from './registry.ts';
import { encodeUtf8 } from './utf8.ts';

/** An agent that the configuration expects. */
export interface DeclaredAgent {
  readonly id: string;
  readonly session?: string;
  readonly type?: string;
  readonly info: AgentInfo;
}

/**
 * Takes the agents that the configuration expects. One that never came is unknown, and offline after the failover
 * grace; one that is no longer expected is an agent like any other.
 *
 * @param ledger - The books.
 * @param agents - All that are expected.
 * @param nowMs - When.
 * @returns Those for whom there was no room.
 */
export function declareAgents(
  ledger: Ledger,
  agents: readonly DeclaredAgent[],
  nowMs: number,
): DeclaredAgent[] {
  const { registry } = ledger;
  const refused: DeclaredAgent[] = [];
  const expected = new Set<number>();
  for (const agent of agents) {
    const id = encodeUtf8(agent.id);
    let slot = registry.ids.find(id, 0, id.length);
    if (slot < 0) {
      if (registry.isFull) {
        refused.push(agent);
        continue;
      }
      slot = registry.add(id, 0, id.length, nowMs);
      registry.blockOf(slot).set(slot & rowMask, flag.unknown);
      ledger.pipelines.join(0);
    }
    describe(registry, slot, agent);
    expected.add(slot);
    const detail = registry.ensureDetail(slot);
    if (!registry.blockOf(slot).has(slot & rowMask, flag.declared)) detail.declaredAtMs = nowMs;
    registry.blockOf(slot).set(slot & rowMask, flag.declared);
    if (detail.info === null || detail.isInfoDeclared) {
      detail.info = agent.info;
      detail.isInfoDeclared = true;
    }
    ledger.settle(slot, nowMs, 'first_seen');
    ledger.reschedule(slot);
  }
  for (let slot = 0; slot < registry.slotLimit; slot++) {
    if (!registry.isKnown(slot) || expected.has(slot)) continue;
    const block = registry.blockOf(slot);
    if (!block.has(slot & rowMask, flag.declared)) continue;
    block.clear(slot & rowMask, flag.declared);
    // One that never came is forgotten like one of which nothing more is heard.
    if (Number.isNaN(block.lastSeenMs[slot & rowMask]!)) {
      registry.ensureDetail(slot).afresh = { atMs: nowMs, heardAtMs: Number.NaN };
      block.lastSeenMs[slot & rowMask] = nowMs;
    }
    ledger.reschedule(slot);
  }
  return refused;
}

/** Session and type as the configuration has them, unless the agent came and said others. */
function describe(registry: Registry, slot: number, { session = '', type = '' }: DeclaredAgent): void {
  const block = registry.blockOf(slot);
  const row = slot & rowMask;
  const hasCome = !Number.isNaN(block.lastSeenMs[row]!);
  const { sessions, types } = registry;
  if (session !== sessions.textOf(block.session[row]!) && !(hasCome && block.session[row] !== 0)) {
    const index = sessions.acquire(session);
    if (index >= 0) registry.moveToSession(slot, index);
  }
  if (type !== types.textOf(block.type[row]!) && !(hasCome && block.type[row] !== 0)) {
    types.release(block.type[row]!);
    block.type[row] = Math.max(0, types.acquire(type));
  }
}
