import type { AlertRulesConfig } from './alert-keys.ts';
import type { Endpoint } from './endpoint.ts';
import type { configKeys, KeyPath } from './keys.ts';

/** What a key's value is once read. Durations are milliseconds, sizes bytes: the property's name says so. */
interface Values {
  text: string;
  /** Empty, or an http(s) URL. */
  url: string;
  flag: boolean;
  count: number;
  number: number;
  duration: number;
  /** Null is never. */
  recovery: number | null;
  size: number;
  endpoint: Endpoint;
  texts: readonly string[];
  text_map: Readonly<Record<string, string>>;
  object: Readonly<Record<string, unknown>>;
}

type Given<Definition> = Definition extends { type: 'choice'; choices: readonly (infer Choice)[] }
  ? Choice
  : Definition extends { type: keyof Values }
    ? Values[Definition['type']]
    : never;

type ValueOf<Definition> = Definition extends { default: unknown } | { required: true }
  ? Given<Definition>
  : Given<Definition> | undefined;

type CamelCase<Snake extends string> = Snake extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Snake;

type NameOf<Name extends string, Definition> = Definition extends { type: 'duration' | 'recovery' }
  ? `${CamelCase<Name>}Ms`
  : Definition extends { type: 'size' }
    ? `${CamelCase<Name>}Bytes`
    : CamelCase<Name>;

/** The section below a prefix such as `liveness.`: a property for each key, section and list of items in it. */
type Section<Prefix extends string> = {
  readonly [Path in KeyPath as Path extends `${Prefix}${infer Rest}`
    ? Rest extends `${infer Head}.${string}`
      ? Head extends `${infer List}[]`
        ? CamelCase<List>
        : CamelCase<Head>
      : (typeof configKeys)[Path] extends { type: 'list' }
        ? never
        : NameOf<Rest, (typeof configKeys)[Path]>
    : never]: Path extends `${Prefix}${infer Head}.${string}`
    ? Head extends `${string}[]`
      ? readonly Section<`${Prefix}${Head}.`>[]
      : Section<`${Prefix}${Head}.`>
    : ValueOf<(typeof configKeys)[Path]>;
};

/**
 * The whole configuration, every key read and checked. Its shape follows from the table of keys: `max_body` of type
 * size under `receivers.otlp.http` is `receivers.otlp.http.maxBodyBytes`.
 */
export type Config = Section<''> & { readonly alerts: { readonly rules: AlertRulesConfig } };

/** A token as configured: where it lies, not what it is. */
export type TokenConfig = Config['auth']['tokens'][number];

/** An agent that is expected. */
export type DeclaredAgent = Config['agents'][number];

/** The type-level rule of {@link Config}, for values. */
export function internalName(name: string, type: string | undefined): string {
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (type === 'duration' || type === 'recovery') return `${camel}Ms`;
  return type === 'size' ? `${camel}Bytes` : camel;
}
