/** Integrations whose rows make a block: what changes together is kept together. */
export const integrationsPerBlock = 64;
/** Blocks of integrations are numbered from here on; those of agents never get so far. */
export const firstIntegrationBlock = 2 ** 30;

/** Knows which blocks have changed since their last images, and hands them out in turn: agents', then integrations'. */
export class ImageChanges {
  readonly #agents: boolean[] = [];
  readonly #integrations: boolean[] = [];
  #count = 0;
  /** Where the next turn begins to look. */
  #cursor = 0;

  /** How many blocks have changed. */
  get count(): number {
    return this.#count;
  }

  /** @param index - Of the block. */
  markAgents(index: number): void {
    if (this.#agents[index] === true) return;
    while (this.#agents.length < index) this.#agents.push(false);
    this.#agents[index] = true;
    this.#count++;
  }

  /** @param row - Of an integration, see {@link IntegrationBook}. */
  markIntegration(row: number): void {
    this.markIntegrations(firstIntegrationBlock + Math.floor(row / integrationsPerBlock));
  }

  /** @param index - Of the block. */
  markIntegrations(index: number): void {
    const place = index - firstIntegrationBlock;
    if (this.#integrations[place] === true) return;
    while (this.#integrations.length < place) this.#integrations.push(false);
    this.#integrations[place] = true;
    this.#count++;
  }

  /** Everything is to be taken anew: there are no images any more. */
  markAll(): void {
    for (let index = 0; index < this.#agents.length; index++) this.markAgents(index);
    for (let place = 0; place < this.#integrations.length; place++) {
      this.markIntegrations(firstIntegrationBlock + place);
    }
  }

  /**
   * The next block of which an image is to be taken, in order of their numbers, round and round; it counts as taken.
   *
   * @returns Its number; undefined where nothing has changed.
   */
  take(): number | undefined {
    if (this.#count === 0) return undefined;
    const index = this.#nextFrom(this.#cursor) ?? this.#nextFrom(0)!;
    if (index < firstIntegrationBlock) this.#agents[index] = false;
    else this.#integrations[index - firstIntegrationBlock] = false;
    this.#count--;
    this.#cursor = index + 1;
    return index;
  }

  #nextFrom(index: number): number | undefined {
    const block = index < firstIntegrationBlock ? this.#agents.indexOf(true, index) : -1;
    if (block >= 0) return block;
    const place = this.#integrations.indexOf(true, Math.max(0, index - firstIntegrationBlock));
    return place < 0 ? undefined : firstIntegrationBlock + place;
  }
}
