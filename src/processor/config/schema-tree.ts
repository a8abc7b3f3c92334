import type { KeyDefinition } from './keys.ts';

/** A map in the file: keys, sections and lists by their names. */
export interface SectionNode {
  readonly kind: 'section';
  readonly path: string;
  readonly children: Map<string, SchemaNode>;
}
/** A list whose items are sections. */
export interface ListNode {
  readonly kind: 'list';
  readonly path: string;
  readonly definition: KeyDefinition;
  readonly item: SectionNode;
}
/** A key with a value. */
export interface KeyNode {
  readonly kind: 'key';
  readonly path: string;
  readonly definition: KeyDefinition;
}
export type SchemaNode = SectionNode | ListNode | KeyNode;

/**
 * Turns the flat table of keys into the tree that a file has.
 *
 * @param keys - Definitions by path; the row of a list stands before those of its items.
 * @throws TypeError where a path doesn't fit the rows before it.
 * @example
 * ```ts
 * const root = schemaTree(configKeys);
 * ```
 */
export function schemaTree(keys: Readonly<Record<string, KeyDefinition>>): SectionNode {
  const root = section('');
  for (const [path, definition] of Object.entries(keys)) {
    const segments = path.split('.');
    const name = segments.pop()!;
    let parent = root;
    for (const [index, segment] of segments.entries()) {
      parent = descend(parent, segment, segments.slice(0, index + 1).join('.'));
    }
    parent.children.set(
      name,
      definition.type === 'list'
        ? { kind: 'list', path, definition, item: section(`${path}[]`) }
        : { kind: 'key', path, definition },
    );
  }
  return root;
}

/**
 * Lists every path of the tree, sections included: what a mistyped key may have meant.
 */
export function* pathsOf(node: SectionNode): Generator<string> {
  for (const child of node.children.values()) {
    yield child.path;
    if (child.kind === 'section') yield* pathsOf(child);
    if (child.kind === 'list') yield* pathsOf(child.item);
  }
}

function descend(parent: SectionNode, segment: string, path: string): SectionNode {
  const isList = segment.endsWith('[]');
  const name = isList ? segment.slice(0, -2) : segment;
  const child = parent.children.get(name);
  if (isList && child?.kind === 'list') return child.item;
  if (!isList && child?.kind === 'section') return child;
  if (isList || child !== undefined) {
    throw new TypeError(
      `Cannot place ${path} as its parent must be a section or a list: check the table of keys`,
    );
  }
  const created = section(path);
  parent.children.set(name, created);
  return created;
}

function section(path: string): SectionNode {
  return { kind: 'section', path, children: new Map() };
}
