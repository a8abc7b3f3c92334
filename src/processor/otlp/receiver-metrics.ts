/** What the receiver counts for the processor's own metrics. */
export interface ReceiverMetrics {
  /** Data points, spans and log records arrived, whatever becomes of them. */
  received(items: number): void;
  /** Items or whole requests were turned away; the reason is one of a few fixed words. */
  rejected(reason: string, count: number): void;
  /** A request's body begins to come in; `requestFinished` follows. */
  requestStarted(): void;
  /** With the time to decode it and apply what it says, in milliseconds; undefined where it came to neither. */
  requestFinished(durationMs?: number): void;
}

/** Counts nothing. */
export const noMetrics: ReceiverMetrics = {
  received: () => {},
  rejected: () => {},
  requestStarted: () => {},
  requestFinished: () => {},
};
