import type { Alert, AlertChange } from './alert.ts';
import { type Inhibition, inhibitions } from './inhibitions.ts';

type Labels = Alert['labels'];

/**
 * Says which alerts others silence, by the meaning of Alertmanager's `inhibit_rules`. It is told of every change and
 * counts the sources, so that an answer costs a few look-ups however many alerts fire.
 *
 * @example
 * ```ts
 * const inhibitor = new Inhibitor();
 * for (const change of book.takeChanges()) inhibitor.onChange(change);
 * inhibitor.isInhibited(alert);
 * ```
 */
export class Inhibitor {
  readonly #rules: readonly Inhibition[];
  /** For each rule, firing sources by their equal labels. */
  readonly #sources: readonly Map<string, number>[];

  /** @param rules - By default those of the table. */
  constructor(rules: readonly Inhibition[] = inhibitions) {
    this.#rules = rules;
    this.#sources = rules.map(() => new Map<string, number>());
  }

  /** Takes a change; those that fired at a restart are given to {@link add}. */
  onChange({ alert, from, to }: AlertChange): void {
    if (from !== 'firing' && to === 'firing') this.#count(alert.labels, 1);
    if (from === 'firing' && to !== 'firing') this.#count(alert.labels, -1);
  }

  /** Takes an alert that fires already. */
  add(alert: Alert): void {
    this.#count(alert.labels, 1);
  }

  /** Whether another alert that fires silences this one. */
  isInhibited({ labels }: Pick<Alert, 'labels'>): boolean {
    return this.#rules.some(
      (rule, index) =>
        // As in Alertmanager: what fits both sides doesn't silence its like.
        fits(labels, rule.target) &&
        !fits(labels, rule.source) &&
        this.#sources[index]!.has(keyOf(labels, rule.equal)),
    );
  }

  #count(labels: Labels, by: 1 | -1): void {
    for (const [index, { source, equal }] of this.#rules.entries()) {
      if (!fits(labels, source) || !equal.every((label) => label in labels)) continue;
      const sources = this.#sources[index]!;
      const key = keyOf(labels, equal);
      const count = (sources.get(key) ?? 0) + by;
      if (count > 0) sources.set(key, count);
      else sources.delete(key);
    }
  }
}

function fits(labels: Labels, matchers: Readonly<Record<string, string>>): boolean {
  for (const name in matchers) if (labels[name] !== matchers[name]) return false;
  return true;
}

/** Each with its length before it: no two sets of values make one key. */
function keyOf(labels: Labels, names: readonly string[]): string {
  let key = '';
  for (const name of names) {
    const value = labels[name] ?? '';
    key += `${value.length}:${value}`;
  }
  return key;
}
