import { type Config, internalName } from './config.ts';
import { configKeys, type KeyDefinition } from './keys.ts';
import { type SchemaNode, schemaTree } from './schema-tree.ts';
import { formatScalar, isScalarType } from './value-types.ts';

const hidden = '(hidden)';

/**
 * Turns a configuration back into the shape and the words of its file, fit to be shown: secrets, and credentials in
 * URLs, are hidden.
 *
 * @param config - As loaded.
 * @returns Plain data that could be written as YAML or JSON; keys of list items that were left out are left out.
 * @example
 * ```ts
 * redactConfig(loadConfig({ env: {} }).config).name; // 'agent-vitals'
 * ```
 */
export function redactConfig(config: Config): Record<string, unknown> {
  return write(schemaTree(configKeys), config) as Record<string, unknown>;
}

function write(node: SchemaNode, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (node.kind === 'list') return (value as unknown[]).map((item) => write(node.item, item));
  if (node.kind === 'key') return writeKey(node.definition, value);
  const section: Record<string, unknown> = {};
  for (const [name, child] of node.children) {
    const type = child.kind === 'key' ? child.definition.type : undefined;
    const written = write(child, (value as Record<string, unknown>)[internalName(name, type)]);
    const isLeftOut =
      written === undefined || (child.kind === 'section' && Object.keys(written as object).length === 0);
    if (!isLeftOut) section[name] = written;
  }
  return section;
}

function writeKey(definition: KeyDefinition, value: unknown): unknown {
  if (definition.type === 'text_map') {
    return Object.fromEntries(Object.keys(value as Record<string, string>).map((name) => [name, hidden]));
  }
  if (!isScalarType(definition.type)) return value;
  const written = formatScalar(value, definition);
  if (written === '') return written;
  if (definition.secret === true) return hidden;
  return definition.type === 'url' ? withoutCredentials(String(written)) : written;
}

function withoutCredentials(text: string): string {
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return url.href.replace('://', `://${hidden}@`);
}
