/** What a value is; the text of each is read and written in value-types.ts. */
export type ValueType =
  | 'text'
  | 'url'
  | 'choice'
  | 'flag'
  | 'count'
  | 'number'
  | 'duration'
  | 'recovery'
  | 'size'
  | 'endpoint'
  | 'texts'
  | 'text_map'
  | 'object'
  | 'list';

/** All that is to say about one key. */
export interface KeyDefinition {
  readonly type: ValueType;
  /**
   * As it is written in YAML. An empty text means "none" and may be given; a key of a list item that has neither a
   * default nor `required` may be left out.
   */
  readonly default?: string | number | boolean | readonly never[] | Readonly<Record<string, never>>;
  /** The item of a list can't do without it. */
  readonly required?: true;
  /** Whether its feature exists. Until then the key is refused at any value but its default. */
  readonly built: boolean;
  /** What it does, and when to change it. */
  readonly description: string;
  /** What a count counts. */
  readonly unit?: string;
  /** Bounds, both allowed, written like the value; of a text, its bytes in UTF-8. */
  readonly min?: string | number;
  readonly max?: string | number;
  /** The number must be greater than this. */
  readonly above?: number;
  readonly choices?: readonly string[];
  /** The value must not be shown. */
  readonly secret?: true;
}
