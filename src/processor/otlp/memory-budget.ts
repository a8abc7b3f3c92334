/** Bytes of bodies that are in memory at once, over all requests. */
export class MemoryBudget {
  private used = 0;
  private readonly limit: number;

  constructor(limitBytes: number) {
    this.limit = limitBytes;
  }

  get usedBytes(): number {
    return this.used;
  }

  /** Takes what a chunk needs; false, and nothing taken, where it isn't there. */
  take(bytes: number): boolean {
    if (this.used + bytes > this.limit) return false;
    this.used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.used -= bytes;
  }
}

/** What one request has taken of a budget, to be given back as a whole however it ends. */
export class MemoryShare {
  private taken = 0;
  private readonly budget: MemoryBudget;

  constructor(budget: MemoryBudget) {
    this.budget = budget;
  }

  take(bytes: number): boolean {
    if (!this.budget.take(bytes)) return false;
    this.taken += bytes;
    return true;
  }

  release(): void {
    this.budget.give(this.taken);
    this.taken = 0;
  }
}
