/** Integrations whose rows make an image: what changes together is kept together. */
export const integrationsPerImage = 64;
/** Images of integrations are numbered from here on; those of agents never get so far. */
export const firstIntegrationImage = 2 ** 30;

/** Knows which images hold what is no more, and hands them out in turn: agents', then integrations'. */
export class ImageChanges {
  readonly #agents: boolean[] = [];
  readonly #integrations: boolean[] = [];
  #count = 0;
  /** Where the next turn begins to look. */
  #cursor = 0;

  /** How many images are to be taken anew. */
  get count(): number {
    return this.#count;
  }

  /** @param index - Of the image. */
  markAgents(index: number): void {
    if (this.#agents[index] === true) return;
    while (this.#agents.length < index) this.#agents.push(false);
    this.#agents[index] = true;
    this.#count++;
  }

  /** @param row - Of an integration, see {@link IntegrationBook}. */
  markIntegration(row: number): void {
    this.markIntegrations(firstIntegrationImage + Math.floor(row / integrationsPerImage));
  }

  /** @param index - Of the image. */
  markIntegrations(index: number): void {
    const place = index - firstIntegrationImage;
    if (this.#integrations[place] === true) return;
    while (this.#integrations.length < place) this.#integrations.push(false);
    this.#integrations[place] = true;
    this.#count++;
  }

  /** Everything is to be taken anew: there are no images any more. */
  markAll(): void {
    for (let index = 0; index < this.#agents.length; index++) this.markAgents(index);
    for (let place = 0; place < this.#integrations.length; place++) {
      this.markIntegrations(firstIntegrationImage + place);
    }
  }

  /**
   * The next image that is to be taken anew, in order of their numbers, round and round; it counts as taken.
   *
   * @returns Its number; undefined where nothing has changed.
   */
  take(): number | undefined {
    if (this.#count === 0) return undefined;
    const index = this.#nextFrom(this.#cursor) ?? this.#nextFrom(0)!;
    if (index < firstIntegrationImage) this.#agents[index] = false;
    else this.#integrations[index - firstIntegrationImage] = false;
    this.#count--;
    this.#cursor = index + 1;
    return index;
  }

  #nextFrom(index: number): number | undefined {
    const agents = index < firstIntegrationImage ? this.#agents.indexOf(true, index) : -1;
    if (agents >= 0) return agents;
    const place = this.#integrations.indexOf(true, Math.max(0, index - firstIntegrationImage));
    return place < 0 ? undefined : firstIntegrationImage + place;
  }
}
