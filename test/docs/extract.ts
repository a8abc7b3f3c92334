import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** A block of TypeScript that the documentation shows. */
export interface Example {
  /** Where it stands: file from the repository's root, and the line of its first line of code. */
  readonly file: string;
  readonly line: number;
  readonly code: string;
  /** The name of a program that others may import, from the fence's `title="…"`. */
  readonly title?: string;
}

const fence = /^```(\S*)(.*)$/;

/** The blocks of a Markdown file that are in this language. */
export function fencedBlocks(root: string, path: string, languages: readonly string[] = ['ts']): Example[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return blocksOf(lines, 1, relative(root, path), languages);
}

/** The `@example` blocks of a TypeScript file's doc comments. */
export function docExamples(root: string, path: string): { examples: Example[]; unfenced: string[] } {
  const source = readFileSync(path, 'utf8');
  const file = relative(root, path);
  const examples: Example[] = [];
  const unfenced: string[] = [];
  for (const { 0: comment, index } of source.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const firstLine = source.slice(0, index).split('\n').length;
    const lines = comment.split('\n').map((line) => line.replace(/^\s*(\/\*)?\*( |\/$|$)/, ''));
    for (const [at, line] of lines.entries()) {
      if (!line.startsWith('@example')) continue;
      const next = lines.findIndex((other, place) => place > at && /^@\w/.test(other));
      const own = lines.slice(at + 1, next < 0 ? undefined : next);
      const blocks = blocksOf(own, firstLine + at + 1, file, ['ts']);
      if (blocks.length === 0) unfenced.push(`${file}:${firstLine + at}`);
      examples.push(...blocks);
    }
  }
  return { examples, unfenced };
}

function blocksOf(
  lines: readonly string[],
  firstLine: number,
  file: string,
  languages: readonly string[],
): Example[] {
  const found: Example[] = [];
  let open: { language: string; info: string; at: number } | undefined;
  for (const [at, line] of lines.entries()) {
    const match = fence.exec(line);
    if (match === null) continue;
    if (open === undefined) {
      open = { language: match[1] ?? '', info: match[2] ?? '', at };
      continue;
    }
    if (languages.includes(open.language)) {
      const title = /title="([^"]+)"/.exec(open.info)?.[1];
      const code = lines.slice(open.at + 1, at).join('\n');
      found.push({ file, line: firstLine + open.at + 1, code, ...(title === undefined ? {} : { title }) });
    }
    open = undefined;
  }
  return found;
}

/**
 * What a block says that it prints: `console.log(…); // this`. Calls without such a comment, or within a branch or
 * loop, promise nothing.
 */
export function promisedOutput(code: string): string[] {
  return code.split('\n').flatMap((line) => /^console\.log\(.*\);\s*\/\/ (.+)$/.exec(line)?.[1] ?? []);
}
