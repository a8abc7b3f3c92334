import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  type Scalar,
} from 'yaml';
import type { ConfigProblem, Place } from './config-error.ts';
import { showText } from './show.ts';

/** A node of the text, with aliases to be followed by {@link YamlSource.follow}. */
export type YamlNode = NonNullable<Document.Parsed['contents']>;

/** No setting lies deeper than five; the composer recurses, so hostile depth is found before it. */
const deepestNesting = 32;
/** Aliases may make a text greater than it looks: nodes once all are followed. */
const mostNodes = 2_000_000;

/** A parsed text that knows where each node stands. */
export class YamlSource {
  /** Undefined where the text holds nothing, or can't be read. */
  readonly root: YamlNode | undefined;
  readonly problems: ConfigProblem[] = [];
  readonly #origin: Place;
  readonly #lines = new LineCounter();
  readonly #targets = new Map<Alias, YamlNode>();

  /**
   * Parses a text; what is wrong with it is in `problems`.
   *
   * @param text - YAML 1.2, one document.
   * @param origin - Where it comes from.
   */
  constructor(text: string, origin: Place) {
    this.#origin = origin;
    const tokens = [...new Parser(this.#lines.addNewLine).parse(text)];
    const tooDeep = findDeeper(tokens, deepestNesting);
    if (tooDeep !== undefined) {
      this.#refuse(tooDeep, `Cannot read this as nesting must be at most ${deepestNesting} deep`);
      return;
    }
    const composer = new Composer({
      stringKeys: true,
      uniqueKeys: false,
      resolveKnownTags: false,
      prettyErrors: false,
    });
    const [document, second] = [...composer.compose(tokens, true, text.length)];
    if (second !== undefined) {
      this.#refuse(
        second.range[0],
        'Cannot read a second document as the file must hold one: remove the --- before it',
      );
    }
    for (const { code, message, pos } of [...(document?.errors ?? []), ...(document?.warnings ?? [])]) {
      const line = this.#lines.linePos(pos[0]).line;
      // One slip makes the parser stumble several times over the rest of its line: the first says it.
      if (this.problems.some((problem) => problem.line === line)) continue;
      this.#refuse(pos[0], syntaxMessage(code, message, lineOf(text, line)));
    }
    const root = document?.contents ?? undefined;
    if (root === undefined || this.problems.length > 0) return;
    const size = this.#measure(root as YamlNode, new Map(), new Map());
    if (size > mostNodes) {
      this.#refuse(
        0,
        `Cannot read this as aliases must not make it greater than ${mostNodes} nodes: it would have ${size}`,
      );
    }
    if (this.problems.length === 0) this.root = root as YamlNode;
  }

  /** Where a node begins. */
  placeOf(node: YamlNode): Place {
    return this.#place(node.range?.[0] ?? 0);
  }

  /** The node that is meant: what an alias refers to, else the node itself. */
  follow(node: YamlNode): Exclude<YamlNode, Alias> {
    let target: YamlNode = node;
    while (isAlias(target)) target = this.#targets.get(target)!;
    return target as Exclude<YamlNode, Alias>;
  }

  /** The node as plain data: maps as objects, sequences as arrays. */
  toData(node: YamlNode): unknown {
    const target = this.follow(node);
    if (isMap(target)) {
      return Object.fromEntries(
        target.items.map(({ key, value }) => [
          (key as unknown as Scalar<string>).value,
          value === null ? null : this.toData(value as YamlNode),
        ]),
      );
    }
    if (isSeq(target)) return target.items.map((item) => this.toData(item as YamlNode));
    return isScalar(target) ? target.value : undefined;
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { ...this.#origin, line, column: col };
  }

  #refuse(offset: number, message: string): void {
    this.problems.push({ ...this.#place(offset), message });
  }

  /**
   * Counts nodes with every alias followed, in the order of the text: an anchor stands before its aliases. Finds
   * those that refer to nothing or to what they are part of.
   */
  #measure(node: YamlNode, anchors: Map<string, YamlNode>, sizes: Map<YamlNode, number>): number {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      const size = target === undefined ? undefined : sizes.get(target);
      if (target === undefined || size === undefined) {
        this.#refuse(
          node.range?.[0] ?? 0,
          `Cannot follow *${node.source} as its anchor must stand before it`,
        );
        return 1;
      }
      this.#targets.set(node, target);
      return size;
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    let size = 1;
    const children = isMap(node) ? node.items.map(({ value }) => value) : isSeq(node) ? node.items : [];
    for (const child of children)
      if (child !== null) size += this.#measure(child as YamlNode, anchors, sizes);
    sizes.set(node, size);
    return size;
  }
}

/**
 * The text of a scalar as it was written, so that an id of 007 stays one and 1.10 is no 1.1.
 *
 * @returns Null where nothing was written, or `null`.
 */
export function scalarText(node: Scalar): string | null {
  if (node.value === null) return null;
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

/** A node as messages show it. */
export function describeNode(node: unknown): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  return isScalar(node) ? showText(scalarText(node) ?? '') : 'empty';
}

function findDeeper(tokens: readonly CST.Token[], limit: number): number | undefined {
  const open: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > limit) return token.offset;
    if (token.type === 'document' && token.value !== undefined) open.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const { key, value } of token.items as CST.CollectionItem[]) {
      if (key) open.push({ token: key, depth: depth + 1 });
      if (value) open.push({ token: value, depth: depth + 1 });
    }
  }
  return undefined;
}

function lineOf(text: string, line: number): string {
  return text.split('\n')[line - 1] ?? '';
}

function syntaxMessage(code: string, message: string, line: string): string {
  if (code === 'TAB_AS_INDENT')
    return 'Cannot read this line as indentation must be spaces: current value is a tab';
  // Only inside braces and brackets does a reference break the syntax: there its own brace ends the map.
  const hint = /[{[,].*\$\{env:/.test(line)
    ? `; inside { } and [ ], write the reference in quotes: "\${env:NAME}"`
    : '';
  return `Cannot read this line as it must be YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}${hint}`;
}
