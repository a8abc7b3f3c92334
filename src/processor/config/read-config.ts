import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { alertRulesPath } from './alert-keys.ts';
import { internalName } from './config.ts';
import type { ConfigProblem, Place } from './config-error.ts';
import type { Override } from './environment.ts';
import type { KeyDefinition } from './keys.ts';
import { type KeyNode, type ListNode, pathsOf, type SchemaNode, type SectionNode } from './schema-tree.ts';
import { showDefault, showKey, showText, showValue } from './show.ts';
import { type Environment, substitute } from './substitute.ts';
import { nearest } from './suggest.ts';
import { defaultOf, expectation, isScalarType, parseScalar } from './value-types.ts';
import { describeNode, scalarText, type YamlNode, YamlSource } from './yaml-source.ts';

/** A setting as it was given, for messages. */
export interface GivenSetting {
  readonly place: Place;
  /** Its value, fit to be shown. */
  readonly shown: string;
}

/** What a file and the environment together say. */
export interface Reading {
  /** The whole configuration under its internal names; what can't be used stands at its default. */
  readonly values: Readonly<Record<string, unknown>>;
  /** By path, such as `agents[2].id`: what was given at all. */
  readonly given: ReadonlyMap<string, GivenSetting>;
  readonly problems: readonly ConfigProblem[];
}

/** A node of YAML (null: nothing stands there), or the text of a variable. */
type Input = NodeInput | { readonly place: Place; readonly text: string };
interface NodeInput {
  readonly place: Place;
  readonly node: YamlNode | null;
  readonly source: YamlSource;
}

/**
 * Reads every key of the tree: from the environment where it is set there, else from the file, else its default.
 *
 * @param tree - The tree of keys.
 * @param source - The parsed file; undefined where there is none.
 * @param overrides - Settings by the environment, by the key's path.
 * @param env - Where `${env:NAME}` is looked up.
 * @returns The values and all problems: those of the table, not those between keys.
 */
export function readConfig(
  tree: SectionNode,
  source: YamlSource | undefined,
  overrides: ReadonlyMap<string, Override>,
  env: Environment,
): Reading {
  const reader = new Reader(tree, overrides, env);
  const node = source?.root;
  const input = source === undefined || node === undefined ? undefined : nodeInput(node, source);
  const values = reader.readSection(tree, '', input);
  return { values, given: reader.given, problems: reader.problems };
}

class Reader {
  readonly given = new Map<string, GivenSetting>();
  readonly problems: ConfigProblem[] = [];
  readonly #tree: SectionNode;
  readonly #overrides: ReadonlyMap<string, Override>;
  readonly #env: Environment;

  constructor(tree: SectionNode, overrides: ReadonlyMap<string, Override>, env: Environment) {
    this.#tree = tree;
    this.#overrides = overrides;
    this.#env = env;
  }

  readSection(schema: SectionNode, path: string, input: Input | undefined): Record<string, unknown> {
    const inputs = this.#childInputs(schema, path, input);
    const values: Record<string, unknown> = {};
    for (const [name, child] of schema.children) {
      const childPath = join(path, name);
      const override = this.#overrides.get(childPath);
      // What the file says is read even where the environment wins: its slip would show up on another day.
      let value = this.#read(child, childPath, inputs.get(name));
      if (override !== undefined) {
        value = this.#read(child, childPath, { place: { variable: override.variable }, text: override.text });
      }
      values[internalName(name, child.kind === 'key' ? child.definition.type : undefined)] = value;
    }
    return values;
  }

  #read(schema: SchemaNode, path: string, input: Input | undefined): unknown {
    if (schema.kind === 'section') return this.readSection(schema, path, input);
    if (schema.kind === 'list') return this.#readList(schema, path, input);
    return this.#readKey(schema, path, input);
  }

  #readList({ definition, item }: ListNode, path: string, input: Input | undefined): unknown[] {
    const given = this.#asNode(input);
    const list = contentOf(given);
    if (given === undefined || list === undefined) return [];
    if (!isSeq(list)) {
      this.#refuseValue(path, given.place, 'a list', describeNode(list));
      return [];
    }
    this.#note(path, given.place, 'a list');
    if (!definition.built && list.items.length > 0) this.#refuseUnbuilt(path, given.place, definition);
    return list.items.map((node, index) => {
      const entry = nodeInput(node as YamlNode, given.source);
      this.#note(`${path}[${index}]`, entry.place, 'a map');
      return this.readSection(item, `${path}[${index}]`, entry);
    });
  }

  #readKey({ definition }: KeyNode, path: string, input: Input | undefined): unknown {
    const fallback = defaultOf(definition);
    if (input === undefined) {
      if (definition.required === true) {
        this.#refuseValue(path, this.#placeAbove(path), 'given', 'missing');
      }
      return fallback;
    }
    const value = isScalarType(definition.type)
      ? this.#readScalar(definition, path, input)
      : this.#readCollection(definition, path, input);
    if (value === undefined) return fallback;
    if (!definition.built && !isDeepStrictEqual(value, fallback)) {
      this.#refuseUnbuilt(path, input.place, definition);
      return fallback;
    }
    return value;
  }

  /** The value; undefined where there is none, which has been said. */
  #readScalar(definition: KeyDefinition, path: string, input: Input): unknown {
    const text = this.#textOf(definition, path, input);
    if (text === undefined) return undefined;
    const shown = showValue(text, definition);
    this.#note(path, input.place, shown);
    const parsed = parseScalar(text, definition);
    if ('value' in parsed) return parsed.value;
    this.#refuseValue(path, input.place, parsed.mustBe, shown);
    return undefined;
  }

  #textOf(definition: KeyDefinition, path: string, input: Input): string | undefined {
    if ('text' in input) return input.text;
    const node = contentOf(input);
    if (node !== undefined && !isScalar(node)) {
      this.#refuseValue(path, input.place, expectation(definition), describeNode(node));
      return undefined;
    }
    const written = node === undefined ? null : scalarText(node);
    if (written === null) {
      this.#refuseValue(path, input.place, expectation(definition), 'empty');
      return undefined;
    }
    const substituted = substitute(written, this.#env);
    if ('text' in substituted) return substituted.text;
    const problem =
      'unset' in substituted
        ? `the environment variable ${substituted.unset} must be set: current value is unset; ` +
          `\${env:${substituted.unset}:-default} gives a default`
        : `a reference must be \${env:NAME} or \${env:NAME:-default}: current value is ${showText(substituted.malformed)}; ` +
          'write $${ for a plain ${';
    this.#refuse(path, input.place, `Cannot use ${path} as ${problem}`);
    return undefined;
  }

  #readCollection(definition: KeyDefinition, path: string, input: Input): unknown {
    const given = this.#asNode(input);
    const node = contentOf(given);
    if (given === undefined || node === undefined) return undefined;
    const isFit = definition.type === 'texts' ? isSeq(node) : isMap(node);
    if (!isFit) {
      this.#refuseValue(path, given.place, expectation(definition), describeNode(node));
      return undefined;
    }
    this.#note(path, given.place, describeNode(node));
    if (definition.type === 'object') return given.source.toData(node);
    const item: KeyDefinition = { ...definition, type: 'text', min: 1 };
    if (isSeq(node)) {
      return node.items.map((entry, index) =>
        this.#readScalar(item, `${path}[${index}]`, nodeInput(entry as YamlNode, given.source)),
      );
    }
    return Object.fromEntries(
      pairsOf(node as YAMLMap).map(({ key, value }) => [
        key.value,
        this.#readScalar(item, join(path, key.value), nodeInput(value ?? (key as YamlNode), given.source)),
      ]),
    );
  }

  /** The inputs of a section's keys by name; keys that it doesn't have, or has twice, are problems. */
  #childInputs(schema: SectionNode, path: string, input: Input | undefined): Map<string, Input> {
    const inputs = new Map<string, Input>();
    const map = contentOf(input);
    if (input === undefined || 'text' in input || map === undefined) return inputs;
    if (!isMap(map)) {
      this.#refuseValue(path === '' ? 'the file' : path, input.place, 'a map of keys', describeNode(map));
      return inputs;
    }
    // What is wrong between a section's keys is shown where the section begins.
    if (path !== '') this.#note(path, input.place, 'a map');
    const firstLines = new Map<string, number | undefined>();
    for (const { key, value } of pairsOf(map)) {
      const name = key.value;
      const keyPath = join(path, name);
      const place = input.source.placeOf(key as YamlNode);
      if (firstLines.has(name)) {
        const first = `Cannot use ${showKey(keyPath)} twice as a key must stand once in its map`;
        this.#refuse(keyPath, place, `${first}: the first is on line ${firstLines.get(name)}`);
        continue;
      }
      firstLines.set(name, place.line);
      if (!schema.children.has(name)) this.#refuse(keyPath, place, this.#unknownMessage(schema, path, name));
      else if (value === null) inputs.set(name, { place, node: null, source: input.source });
      else inputs.set(name, nodeInput(value, input.source));
    }
    return inputs;
  }

  #unknownMessage(schema: SectionNode, path: string, name: string): string {
    const siblings = [...schema.children.keys()];
    const sibling = nearest(name, siblings);
    // A key that stands in the wrong section is found by its own name; of several, the table's first.
    // Nobody takes one alert for another's key.
    const paths = [...pathsOf(this.#tree)]
      .filter((known) => !known.startsWith(`${alertRulesPath}.`))
      .reverse();
    const elsewhere = new Map(paths.map((known) => [known.split('.').at(-1) ?? '', known]));
    const suggestion =
      sibling === undefined ? elsewhere.get(nearest(name, elsewhere.keys()) ?? '') : join(path, sibling);
    const place = path === '' ? 'at the top' : `in ${path}`;
    const hint =
      suggestion === undefined ? `${place} there are ${siblings.join(', ')}` : `did you mean ${suggestion}?`;
    return `Cannot use ${showKey(join(path, name))} as a key must be one of those known: ${hint}`;
  }

  /** A variable that sets a list or a map holds YAML. */
  #asNode(input: Input | undefined): NodeInput | undefined {
    if (input === undefined || !('text' in input)) return input;
    const source = new YamlSource(input.text, input.place);
    this.problems.push(...source.problems);
    return { place: input.place, node: source.root ?? null, source };
  }

  /** Where the innermost thing stands that encloses a path and was given. */
  #placeAbove(path: string): Place {
    for (let above = path; above !== ''; above = above.replace(/(?:^|[.[])[^.[]*$/, '')) {
      const given = this.given.get(above);
      if (given !== undefined) return given.place;
    }
    return {};
  }

  #note(path: string, place: Place, shown: string): void {
    this.given.set(path, { place, shown });
  }

  #refuse(key: string, place: Place, message: string): void {
    this.problems.push({ ...place, key, message });
  }

  #refuseValue(key: string, place: Place, mustBe: string, shown: string): void {
    this.#refuse(key, place, `Cannot use ${key} as it must be ${mustBe}: current value is ${shown}`);
  }

  #refuseUnbuilt(path: string, place: Place, definition: KeyDefinition): void {
    const shown = this.given.get(path)?.shown ?? 'another';
    const stays = `it must stay at its default (${showDefault(definition)}) until then`;
    this.#refuse(
      path,
      place,
      `Cannot use ${path} as its feature is not built yet and ${stays}: current value is ${shown}`,
    );
  }
}

function nodeInput(node: YamlNode, source: YamlSource): NodeInput {
  return { place: source.placeOf(node), node, source };
}

/** What stands at an input, aliases followed; undefined where that is nothing: `key:` alone says the default. */
function contentOf(input: Input | undefined): Exclude<ReturnType<YamlSource['follow']>, null> | undefined {
  if (input === undefined || 'text' in input || input.node === null) return undefined;
  const node = input.source.follow(input.node);
  return isScalar(node) && node.value === null ? undefined : node;
}

function pairsOf(map: YAMLMap | YAMLMap.Parsed): { key: Scalar<string>; value: YamlNode | null }[] {
  return map.items as unknown as Pair<Scalar<string>, YamlNode | null>[] as never;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
