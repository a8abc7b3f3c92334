import { rowMask } from './block.ts';
import { matchOverride } from './lease.ts';
import type { Ledger } from './ledger.ts';
import type { Observation } from './observation.ts';
import type { Registry } from './registry.ts';
import { type Standing, uncounted } from './standing.ts';

/** Keeps track of where an agent belongs: its session, its type, its way in, and the override that follows. */
export class Placement {
  readonly #ledger: Ledger;
  readonly #registry: Registry;
  readonly #refuseSession: () => void;

  constructor(ledger: Ledger, refuseSession: () => void) {
    this.#ledger = ledger;
    this.#registry = ledger.registry;
    this.#refuseSession = refuseSession;
  }

  /** Notes session, type and way in where they are said and new. */
  place(slot: number, observation: Observation): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const { sessions, types, pipelines } = this.#registry;
    const isNew = !this.#registry.isKnown(slot);
    let moved = false;
    if (observation.session !== '' && sessions.textOf(block.session[row]!) !== observation.session) {
      const index = sessions.acquire(observation.session);
      if (index < 0) this.#refuseSession();
      else {
        this.#registry.moveToSession(slot, index);
        moved = true;
      }
    }
    if (observation.type !== '' && types.textOf(block.type[row]!) !== observation.type) {
      types.release(block.type[row]!);
      block.type[row] = Math.max(0, types.acquire(observation.type));
      moved = true;
    }
    if (observation.pipeline !== '' && pipelines.textOf(block.pipeline[row]!) !== observation.pipeline) {
      this.#moveTo(slot, Math.max(0, pipelines.acquire(observation.pipeline)), isNew);
    } else if (isNew) {
      this.#ledger.pipelines.join(block.pipeline[row]!);
    }
    if (this.#ledger.settings.overrides.length > 0 && (moved || isNew)) this.matchOverride(slot);
  }

  /** Finds the override that holds for the agent as it is placed. */
  matchOverride(slot: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const session = this.#registry.sessions.textOf(block.session[row]!);
    const type = this.#registry.types.textOf(block.type[row]!);
    const id = this.#registry.ids.idOf(slot);
    block.override[row] = matchOverride(this.#ledger.settings, id, session, type);
    if (this.#registry.isKnown(slot)) this.#ledger.reschedule(slot);
  }

  /** The agent comes by no way in any more. */
  leave(slot: number): void {
    const block = this.#registry.blockOf(slot);
    const row = slot & rowMask;
    const pipeline = block.pipeline[row]!;
    this.#ledger.pipelines.count(pipeline, block.standing[row] as Standing, uncounted);
    block.standing[row] = uncounted;
    this.#ledger.pipelines.leave(pipeline);
    this.#registry.pipelines.release(pipeline);
    block.pipeline[row] = 0;
  }

  /** The agent comes by another way in; the index is acquired already. */
  #moveTo(slot: number, pipeline: number, isNew: boolean): void {
    if (!isNew) this.leave(slot);
    this.#registry.blockOf(slot).pipeline[slot & rowMask] = pipeline;
    this.#ledger.pipelines.join(pipeline);
    if (isNew) return;
    this.#ledger.tally(slot);
    // The absences of the way in that it leaves are none of its own any more.
    this.#ledger.reschedule(slot);
  }
}
