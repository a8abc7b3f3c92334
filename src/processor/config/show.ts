import type { KeyDefinition } from './keys.ts';

/** A value as messages show it: bare where it reads as one word, else quoted, never longer than a line. */
export function showText(text: string): string {
  if (text === '') return 'empty';
  const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text;
  return /^[\w.:/@%+-]+$/.test(shown) ? shown : JSON.stringify(shown);
}

/** The value of a key as messages show it: a secret is hidden, and what may be credentials in a URL. */
export function showValue(text: string, { secret, type }: KeyDefinition): string {
  if (secret === true) return '(hidden)';
  return showText(type === 'url' ? text.replace(/\/\/.*@/s, '//(hidden)@') : text);
}

/** A key as messages show it; one that holds odd characters is quoted. */
export function showKey(key: string): string {
  return /^[\w.[\]-]{1,200}$/.test(key) ? key : JSON.stringify(key.slice(0, 200));
}

/** The default of a key as messages and documentation show it. */
export function showDefault({ default: written }: KeyDefinition): string {
  return typeof written === 'object' ? JSON.stringify(written) : showText(String(written ?? ''));
}
