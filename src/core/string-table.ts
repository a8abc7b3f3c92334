/**
 * Texts that many agents share (sessions, types, pipelines), each held once and known by a small integer. Index 0 is
 * the empty text. What nobody uses any more is let go, so that sessions may come and go for ever.
 */
export class StringTable {
  readonly #limit: number;
  readonly #indexes = new Map<string, number>([['', 0]]);
  readonly #texts: string[] = [''];
  readonly #uses: number[] = [1];
  readonly #free: number[] = [];

  /** @param limit - How many texts it holds at most, the empty one aside. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#indexes.size - 1;
  }

  /** Every index is below this. */
  get indexLimit(): number {
    return this.#texts.length;
  }

  /** The index of a text that is in use, or -1. */
  find(text: string): number {
    return this.#indexes.get(text) ?? -1;
  }

  textOf(index: number): string {
    return this.#texts[index] ?? '';
  }

  /** How many agents use the text. */
  usesOf(index: number): number {
    return this.#uses[index] ?? 0;
  }

  /** Adds one use and returns the index, or -1 where the table is full. */
  acquire(text: string): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) {
      if (known !== 0) this.#uses[known]!++;
      return known;
    }
    if (this.size >= this.#limit) return -1;
    const index = this.#free.pop() ?? this.#texts.length;
    this.#texts[index] = text;
    this.#uses[index] = 1;
    this.#indexes.set(text, index);
    return index;
  }

  /** Takes one use away; the last one frees the index. */
  release(index: number): void {
    if (index === 0) return;
    if (--this.#uses[index]! > 0) return;
    this.#indexes.delete(this.#texts[index]!);
    this.#texts[index] = '';
    this.#free.push(index);
  }
}
