import type { Fleet, Transition } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { PlacedAuditEntry } from './database/audit-table.ts';
import type { DatedImage } from './database/image-table.ts';
import type { Found } from './database/store-database.ts';
import type { MachineTime } from './machine-time.ts';
import { redoOperatorAction } from './operator-actions.ts';
import type { StoreThread } from './store-thread.ts';
import { continueTimeLine, epochNow } from './time-line.ts';

/** Images are read and restored so many bytes at a time: one slice is read while the one before is restored. */
const sliceBytes = 4 * 2 ** 20;
/** A fleet with an image that it refuses is begun again without it; after so many, without any. */
const mostAttempts = 8;
/** Operators' actions are looked at so far back: a snapshot is never that old. */
const redoneWithinMs = 86_400_000;
const mostRedone = 1_000;

/** A fleet as it was. */
export interface Restored {
  readonly fleet: Fleet;
  /** The fleet's: it goes on where the last process' line ended. */
  readonly clock: Clock;
  /** What operators' actions that had to be done again have changed. */
  readonly transitions: readonly Transition[];
  /** Until when the fleet was observed before; undefined where nothing was ever written. */
  readonly observedUntilMs: number | undefined;
  /** Images that could not be restored. */
  readonly damagedImages: number;
}

export interface RestoreOptions {
  readonly thread: Pick<StoreThread, 'call'>;
  readonly found: Found;
  /** Makes an empty fleet with the settings that hold now. */
  readonly createFleet: () => Fleet;
  /** This process' own. */
  readonly clock: Clock;
  /** What this machine says of time now. */
  readonly machine: MachineTime;
  readonly log: Log;
}

/**
 * Restores the fleet from its images. What is damaged is left out and said: those agents come back when they are
 * heard. Agents that were live begin as `unknown`.
 */
export async function restoreFleet(options: RestoreOptions): Promise<Restored> {
  const { thread, found, createFleet, log } = options;
  const { clock, isMeasured } = continueTimeLine(options.clock, found.timeLine, options.machine);
  const beganAtMs = clock.now();
  const { timeLine } = found;
  const observedUntilMs = timeLine?.observedUntilMs;
  if (timeLine === undefined) {
    return { fleet: createFleet(), clock, transitions: [], observedUntilMs, damagedImages: 0 };
  }
  const sinceMs = timeLine.observedUntilMs - redoneWithinMs;
  const actions = await thread
    .call('auditAfter', sinceMs, mostRedone, epochNow(clock))
    .catch((error: unknown) => {
      log.error("operators' last actions are not restored", { why: String(error) });
      return [];
    });
  const refused = new Set<number>();
  for (let attempt = 1; ; attempt++) {
    const reading = new Reading(createFleet(), actions, refused, log);
    const isLastAttempt = attempt === mostAttempts;
    if (!isLastAttempt && !(await reading.readAll(thread, clock))) continue;
    const { fleet, damagedImages } = reading;
    if (fleet.size > 0) fleet.begin(timeLine.observedUntilMs, clock.now(), isMeasured);
    for (const id of reading.duplicates) fleet.forget(fleet.find(id), clock.now());
    const transitions = reading
      .actionsAfterImages()
      .flatMap((entry) => redoOperatorAction(fleet, entry, clock));
    log.info('the fleet is restored', {
      agents: fleet.size,
      observed_until: new Date(timeLine.observedUntilEpochMs).toISOString(),
      damaged_images: damagedImages,
      took_ms: Math.round(clock.now() - beganAtMs),
    });
    return { fleet, clock, transitions, observedUntilMs, damagedImages };
  }
}

/** One attempt at reading all images into a fleet. */
class Reading {
  readonly fleet: Fleet;
  readonly duplicates: string[] = [];
  damagedImages: number;
  readonly #actions: readonly PlacedAuditEntry[];
  readonly #refused: Set<number>;
  readonly #log: Log;
  /** When the image was taken in which each subject of an action stands. */
  readonly #imagedAtMs = new Map<string, number>();
  readonly #wanted: Set<string>;

  constructor(fleet: Fleet, actions: readonly PlacedAuditEntry[], refused: Set<number>, log: Log) {
    this.fleet = fleet;
    this.damagedImages = refused.size;
    this.#actions = actions;
    this.#refused = refused;
    this.#log = log;
    this.#wanted = new Set(actions.map(({ subject }) => subject));
  }

  /** @returns False where the fleet refused an image, half of which may be in it: another fleet is to begin. */
  async readAll(thread: Pick<StoreThread, 'call'>, clock: Clock): Promise<boolean> {
    const read = (isFirst: boolean) =>
      thread.call('nextImages', isFirst, sliceBytes, epochNow(clock)).catch((error: unknown) => {
        this.#leaveOut('the rest', String(error));
        return { images: [], damaged: [], duplicates: [], isLast: true };
      });
    for (let next = read(true); ; ) {
      const { images, damaged, duplicates, isLast } = await next;
      if (!isLast) next = read(false);
      for (const { block, why } of damaged) this.#leaveOut(block, why);
      this.duplicates.push(...duplicates);
      for (const dated of images) {
        if (this.#refused.has(dated.image.index) || this.#restore(dated)) continue;
        await next;
        return false;
      }
      if (isLast) return true;
    }
  }

  /** Actions that the images don't know of yet. */
  actionsAfterImages(): PlacedAuditEntry[] {
    return this.#actions.filter(
      ({ subject, lineAtMs }) => lineAtMs >= (this.#imagedAtMs.get(subject) ?? Infinity),
    );
  }

  #restore({ image, takenAtMs }: DatedImage): boolean {
    try {
      this.fleet.restore(image);
    } catch (error) {
      this.#refused.add(image.index);
      this.#leaveOut(image.index, error instanceof Error ? error.message : String(error));
      return false;
    }
    for (const id of this.#wanted) {
      if (this.fleet.find(id) < 0) continue;
      this.#wanted.delete(id);
      this.#imagedAtMs.set(id, takenAtMs);
    }
    return true;
  }

  #leaveOut(block: number | string, why: string): void {
    this.damagedImages++;
    this.#log.error('a part of the fleet is not restored: its agents come back when they are heard', {
      block,
      why,
    });
  }
}
