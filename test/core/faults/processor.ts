import { type BlockImage, Fleet, type FleetSettings, type Transition } from '../../../src/core/index.ts';
import type { Export, Receiver } from './request.ts';
import type { World } from './world.ts';

const lookEveryMs = 100;
/** As the processor's own loop has it: after a late look what waited is taken first; after a pause deadlines move. */
const lateLookMs = 1_000;
const ownStallMs = 5_000;

/** A transition, and when that was in true time. */
export interface Told extends Transition {
  readonly trueAtMs: number;
}

/** A request as it reached the processor. */
export interface Arrival {
  readonly atMs: number;
  readonly pipeline: string;
  readonly tells: readonly Pick<Export, 'agent' | 'beats' | 'madeMs'>[];
}

/** One agent's part in a request. */
export interface OwnArrival extends Pick<Arrival, 'atMs' | 'pipeline'>, Pick<Export, 'beats' | 'madeMs'> {}

/** A time in which the processor was not there: its event loop stood still, or it was restarted. */
export interface Absence {
  readonly kind: 'pause' | 'restart';
  readonly fromMs: number;
  readonly toMs: number;
}

/** The processor with everything around the fleet that faults can befall: looks, sockets, images, restarts. */
export class SimulatedProcessor implements Receiver {
  readonly settings: Partial<FleetSettings>;
  /** Everything it told, with the true time of what its time line says. */
  readonly told: Told[] = [];
  readonly arrivals: Arrival[] = [];
  readonly arrivalsOf = new Map<string, OwnArrival[]>();
  readonly absences: Absence[] = [];
  fleet: Fleet;
  readonly #world: World;
  #state: 'runs' | 'stands still' | 'is down' = 'runs';
  #lastLookMs = 0;
  #waiting: { exports: readonly Export[]; pipeline: string }[] = [];
  /** The processor's time line less true time: it changes with a restart only. */
  #lineAheadMs = 0;

  constructor(world: World, settings: Partial<FleetSettings> = {}) {
    this.#world = world;
    this.settings = settings;
    this.fleet = new Fleet(settings);
    this.#look();
  }

  get nowMs(): number {
    return this.#world.nowMs + this.#lineAheadMs;
  }

  accept(exports: readonly Export[], pipeline: string): boolean {
    if (this.#state === 'is down') return false;
    if (this.#state === 'stands still') this.#waiting.push({ exports, pipeline });
    else this.#apply(exports, pipeline);
    return true;
  }

  /** The event loop stands still: nothing is looked at, what comes waits in the sockets. */
  pause(durationMs: number): void {
    this.#state = 'stands still';
    this.#world.after(durationMs, () => {
      this.#state = 'runs';
      const awayMs = this.nowMs - this.#lastLookMs;
      const isPause = awayMs > ownStallMs;
      const isLate = awayMs > lateLookMs;
      if (isLate) this.fleet.suspend(this.#lastLookMs);
      for (const { exports, pipeline } of this.#waiting.splice(0)) this.#apply(exports, pipeline);
      if (isLate) this.fleet.resume(isPause ? awayMs : 0, this.nowMs);
      if (!isPause) return;
      const toMs = this.#world.nowMs;
      this.absences.push({ kind: 'pause', fromMs: toMs - awayMs, toMs });
      this.#lastLookMs = this.nowMs;
    });
  }

  /**
   * The processor ends; another one begins with the images of the former.
   *
   * @param downMs - How long it is away.
   * @param clock - `right`: its line goes on. On another boot of its machine the wall clock alone says how long it was
   *   away: set back meanwhile, none at all; set ahead, an hour more.
   */
  restart(downMs: number, clock: 'right' | 'set back' | 'set ahead' = 'right'): void {
    this.#state = 'is down';
    const images = this.#images();
    const savedMs = this.nowMs;
    const fromMs = this.#world.nowMs;
    this.#world.after(downMs, () => {
      if (clock === 'set back') this.#lineAheadMs = savedMs - this.#world.nowMs;
      if (clock === 'set ahead') this.#lineAheadMs += 3_600_000;
      this.fleet = new Fleet(this.settings);
      for (const image of images) this.fleet.restore(structuredClone(image));
      this.fleet.begin(savedMs, this.nowMs, clock === 'right');
      this.#state = 'runs';
      this.#lastLookMs = this.nowMs;
      this.absences.push({ kind: 'restart', fromMs, toMs: this.#world.nowMs });
    });
  }

  view(id: string) {
    return this.fleet.view(this.fleet.find(id), this.nowMs);
  }

  #look(): void {
    if (this.#state === 'runs') {
      this.#lastLookMs = this.nowMs;
      this.#tell(this.fleet.tick(this.nowMs));
    }
    this.#world.after(lookEveryMs, () => this.#look());
  }

  #apply(exports: readonly Export[], pipeline: string): void {
    const atMs = this.#world.nowMs;
    this.arrivals.push({ atMs, pipeline, tells: exports });
    for (const { agent, observations, beats, madeMs } of exports) {
      const own = this.arrivalsOf.get(agent) ?? [];
      this.arrivalsOf.set(agent, own);
      own.push({ atMs, pipeline, beats, madeMs });
      for (const observation of observations) {
        observation.pipeline = pipeline;
        this.#tell(this.fleet.apply(observation, this.nowMs));
      }
    }
    this.fleet.heard(pipeline, this.nowMs);
  }

  #tell(transitions: readonly Transition[]): void {
    for (const transition of transitions) {
      this.told.push({ ...transition, trueAtMs: transition.at - this.#lineAheadMs });
    }
  }

  #images(): BlockImage[] {
    const images: BlockImage[] = [];
    for (let image = this.fleet.takeImage(); image !== undefined; image = this.fleet.takeImage()) {
      images.push(image);
    }
    return images;
  }
}
