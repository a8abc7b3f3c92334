/** Why a data point, span or log record was rejected, in words that its sender reads. */
export const rejectReasons = {
  id_missing: 'no vitals.agent.id, gen_ai.agent.id or service.name on the point or its resource',
  id_invalid: 'an id that is not text in UTF-8',
  id_too_long: 'an id over 256 bytes',
  overflow: "points of the SDK's overflow set (otel.metric.overflow), which stand for no agent",
  temporality_unspecified: 'neither delta nor cumulative',
  type_mismatch: 'a histogram where the contract has a number, or the other way round',
  value_missing: 'neither a value nor the flag that there is none',
  value_not_finite: 'NaN or an infinite value',
} as const;

export type RejectReason = keyof typeof rejectReasons;

/** What became of the items (data points, spans, log records) of one request. */
export class Tally {
  /** Items in the request, those of no concern to agents included. */
  items = 0;
  /** Observations handed over. */
  observations = 0;
  rejected = 0;
  /** Attribute values that were cut to the longest allowed. */
  cut = 0;
  readonly rejectedBy = new Map<RejectReason, number>();

  reject(reason: RejectReason, items = 1): void {
    this.rejected += items;
    this.rejectedBy.set(reason, (this.rejectedBy.get(reason) ?? 0) + items);
  }

  /** For the sender: what was rejected or cut, and why; empty where nothing was. */
  explain(): string {
    const sentences: string[] = [];
    const reasons = [...this.rejectedBy].map(([reason, items]) => `${items} × ${rejectReasons[reason]}`);
    if (reasons.length > 0)
      sentences.push(`Rejected ${this.rejected} of ${this.items}: ${reasons.join('; ')}.`);
    if (this.cut > 0) sentences.push(`Cut ${this.cut} attribute values that were too long.`);
    return sentences.join(' ');
  }
}
