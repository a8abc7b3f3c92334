/**
 * Counts the edits (insert, delete, replace, swap of neighbours) that turn one word into another: the optimal string
 * alignment distance.
 *
 * @example
 * ```ts
 * editDistance('ofline', 'offline'); // 1
 * ```
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let best = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        best = Math.min(best, beforeLast[column - 2]! + 1);
      }
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length]!;
}

/** Longer words are no key's slip, and comparing them would cost their square. */
const longestWord = 200;

/**
 * Finds the known word that was probably meant: the nearest by edits, with case, dashes and underscores ignored. Where
 * none is near, one that goes on where the word ends, or ends where it goes on, will do.
 *
 * @param word - The word as written.
 * @param known - The words to choose from; of equally near ones the first wins.
 * @returns The nearest, or undefined where none is within a third of the word's length.
 * @example
 * ```ts
 * nearest('offlineAfter', ['late_after', 'offline_after']); // 'offline_after'
 * ```
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > longestWord) return undefined;
  const plain = simplified(word);
  let best: string | undefined;
  const farthest = Math.max(1, Math.floor(plain.length / 3));
  let bestDistance = farthest + 1;
  for (const candidate of known) {
    const other = simplified(candidate);
    const isPart = plain.length > 2 && (other.startsWith(plain) || plain.startsWith(other));
    const distance = Math.min(editDistance(plain, other), isPart ? farthest : Number.POSITIVE_INFINITY);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function simplified(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '');
}
