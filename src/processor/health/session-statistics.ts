import type { SessionStatisticsAnswer } from '@agent-vitals/contract';

/** How a collection went. */
export type CollectionOutcome = 'successful' | 'partial' | 'failed';

/** The share of the former mean in the next one. */
const inertia = 0.9;

/** Counts collections: what the cache answered is none. */
export class SessionStatistics {
  readonly #counts: Record<CollectionOutcome, number> = { successful: 0, partial: 0, failed: 0 };
  #meanMs: number | null = null;

  /** Notes a collection. The first one's duration is the mean that later ones move. */
  note(outcome: CollectionOutcome, durationMs: number): void {
    this.#counts[outcome]++;
    this.#meanMs = this.#meanMs === null ? durationMs : inertia * this.#meanMs + (1 - inertia) * durationMs;
  }

  /** @param cacheEntries - Answers that are kept at present. */
  answer(cacheEntries: number): SessionStatisticsAnswer {
    const { successful, partial, failed } = this.#counts;
    const total = successful + partial + failed;
    const percentOf = (count: number) => (total === 0 ? 0 : Math.round((count / total) * 1000) / 10);
    return {
      total_collections: total,
      successful_collections: successful,
      partial_collections: partial,
      failed_collections: failed,
      avg_collection_time_ms: Math.round((this.#meanMs ?? 0) * 1000) / 1000,
      success_rate: percentOf(successful),
      partial_rate: percentOf(partial),
      cache_entries: cacheEntries,
    };
  }
}
