import { expect } from 'vitest';

type Schema = Readonly<Record<string, unknown>>;

/**
 * Checks a value against the part of JSON Schema that our OpenAPI document uses: type, enum, properties, required,
 * items, additionalProperties, minimum, maximum, format date-time and references; a property that isn't described is an error too.
 */
export function expectToMatchSchema(value: unknown, schema: object, document: object): void {
  expect(mistakes(value, schema as Schema, document as Schema, '$')).toEqual([]);
}

function mistakes(value: unknown, schema: Schema, document: Schema, path: string): string[] {
  if (typeof schema.$ref === 'string') return mistakes(value, resolve(schema.$ref, document), document, path);
  const found: string[] = [];
  const types = [schema.type].flat();
  if (!types.includes(typeOf(value)) && !(types.includes('number') && typeOf(value) === 'integer')) {
    return [`${path} must be ${types.join(' or ')}: current value is ${JSON.stringify(value)}`];
  }
  if (value === null) return [];
  if (Array.isArray(schema.enum) && !schema.enum.includes(value)) found.push(`${path} is not in its enum`);
  if (typeof value === 'number') {
    if (typeof schema.minimum === 'number' && value < schema.minimum) found.push(`${path} is too small`);
    if (typeof schema.maximum === 'number' && value > schema.maximum) found.push(`${path} is too great`);
  }
  if (schema.format === 'date-time' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(value))) {
    found.push(`${path} is no RFC 3339 time in UTC`);
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      found.push(...mistakes(item, schema.items as Schema, document, `${path}[${index}]`));
    }
  } else if (typeof value === 'object') {
    found.push(...mistakesOfObject(value as Record<string, unknown>, schema, document, path));
  }
  return found;
}

function mistakesOfObject(
  value: Record<string, unknown>,
  schema: Schema,
  document: Schema,
  path: string,
): string[] {
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const required = (schema.required ?? []) as string[];
  const found = required
    .filter((name) => !Object.hasOwn(value, name))
    .map((name) => `${path}.${name} is missing`);
  for (const [name, item] of Object.entries(value)) {
    const property = properties[name] ?? (schema.additionalProperties as Schema | undefined);
    if (property === undefined) found.push(`${path}.${name} is not described`);
    else found.push(...mistakes(item, property, document, `${path}.${name}`));
  }
  return found;
}

function resolve(reference: string, document: Schema): Schema {
  let part: unknown = document;
  for (const name of reference.replace('#/', '').split('/')) part = (part as Schema)[name];
  return part as Schema;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
