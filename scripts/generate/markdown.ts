/**
 * Writes a table in Markdown.
 *
 * @param head - The columns' titles.
 * @param rows - As many cells each.
 * @returns Lines without a line feed at the end.
 * @example
 * ```ts
 * table(['unit', 'word'], [['`s`', 'seconds']]);
 * ```
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * Writes words as code, one after the other.
 *
 * @param words - The words; none gives an empty text.
 * @returns Such as "`idle`, `busy`".
 * @example
 * ```ts
 * codes(['idle', 'busy']);
 * ```
 */
export function codes(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
