import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A relative module that a declaration file names, as the sources do: by its TypeScript name. */
const relativeSpecifier = /((?:\bfrom|\bimport\(|\bimport)\s*)(["'])(\.{1,2}\/[^"']+?)\.ts\2/g;

/**
 * Finds the declaration files that a package's users can reach.
 *
 * @param entries - The files that its `exports` name.
 * @returns These, and all that they name, directly or not.
 */
export function reachableTypes(entries: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, , , path] of readFileSync(file, 'utf8').matchAll(relativeSpecifier)) {
      visit(join(dirname(file), `${path}.d.ts`));
    }
  };
  entries.forEach(visit);
  return found;
}

/** Names modules as they are emitted: the compiler leaves `.ts` in declarations, which older ones cannot follow. */
export function withEmittedSpecifiers(declarations: string): string {
  return declarations.replace(relativeSpecifier, '$1$2$3.js$2');
}

/** Indents by tabs, a byte where the compiler writes four: a declaration has no text that this could change. */
export function indentedByTabs(declarations: string): string {
  return declarations.replace(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4));
}
