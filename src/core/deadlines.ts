import { type AgentBlock, blockSize } from './block.ts';

/**
 * When something is due, by block: one lower bound for each 1,024 agents. Signs of life only extend deadlines, so a
 * bound may be too early, never too late: where one is shortened, {@link Deadlines.lower} lowers its block's bound.
 */
export class Deadlines {
  #bounds = new Float64Array(16).fill(Number.POSITIVE_INFINITY);

  /** Notes that something in the block is due no later than this. */
  lower(blockIndex: number, atMs: number): void {
    if (blockIndex >= this.#bounds.length) {
      const bounds = new Float64Array(this.#bounds.length * 2 + blockIndex).fill(Number.POSITIVE_INFINITY);
      bounds.set(this.#bounds);
      this.#bounds = bounds;
    }
    if (atMs < this.#bounds[blockIndex]!) this.#bounds[blockIndex] = atMs;
  }

  /**
   * Visits every row that may be due, and sets the blocks' bounds anew.
   *
   * @param blocks - All blocks.
   * @param nowMs - What is due by then is visited.
   * @param limit - How many are visited at most; the others stay due.
   * @param visit - Called with the block's index and the row; it leaves the row's next deadline in the column.
   */
  visitDue(
    blocks: readonly AgentBlock[],
    nowMs: number,
    limit: number,
    visit: (blockIndex: number, row: number) => void,
  ): void {
    let visited = 0;
    for (let index = 0; index < blocks.length && visited < limit; index++) {
      if (!(this.#bounds[index]! <= nowMs)) continue;
      const { deadlineMs } = blocks[index]!;
      this.#bounds[index] = Number.POSITIVE_INFINITY;
      let bound = Number.POSITIVE_INFINITY;
      for (let row = 0; row < blockSize; row++) {
        if (deadlineMs[row]! <= nowMs && visited < limit) {
          visit(index, row);
          visited++;
        }
        if (deadlineMs[row]! < bound) bound = deadlineMs[row]!;
      }
      if (bound < this.#bounds[index]!) this.#bounds[index] = bound;
    }
  }
}
