/** How long stopping may take altogether, in milliseconds: what is left then is left. */
const stopWithinMs = 4_500;

interface Step {
  readonly name: string;
  run(): void | Promise<void>;
}

/** Remembers how to stop what was started, and does so in reverse order. */
export class Lifecycle {
  readonly #onFailure: (where: string, error: unknown) => void;
  readonly #steps: Step[] = [];
  #stopping: Promise<void> | undefined;

  /** @param onFailure - Told of a step that failed or took too long; the others are taken all the same. */
  constructor(onFailure: (where: string, error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Adds what is to be done at the stop, before everything added so far. */
  onStop(name: string, run: Step['run']): void {
    this.#steps.push({ name, run });
  }

  /** Stops everything; a second call waits for the first. Never rejects. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    const late = Symbol('late');
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<typeof late>((resolve) => {
      timer = setTimeout(() => resolve(late), stopWithinMs);
    });
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      const { name, run } = step;
      try {
        const end = await Promise.race([run(), deadline]);
        if (end === late) throw new Error(`Cannot stop ${name} as it must end within ${stopWithinMs} ms`);
      } catch (error) {
        this.#onFailure(`stop of ${name}`, error);
      }
    }
    clearTimeout(timer);
  }
}
