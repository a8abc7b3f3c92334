/** Where requests go. Credentials of a URL are a header here; no text that may be shown holds them. */
export interface Target {
  /** Without credentials and without a slash at the end of its path. */
  readonly url: URL;
  /** Of the URL's credentials, as a header's value. */
  readonly authorization: string | undefined;
  /** Fit for logs and metrics. */
  readonly shown: string;
}

export interface TargetOptions {
  /** The path is a secret, as that of many webhooks is: only the host is shown. */
  readonly isPathSecret?: boolean;
}

/**
 * Reads a URL of the configuration.
 *
 * @param text - An http(s) URL, with or without credentials and a path.
 * @returns What requests and logs need of it.
 * @throws TypeError where it is no URL; the error doesn't name it.
 * @example
 * ```ts
 * const { url, authorization, shown } = targetOf('https://vitals:secret@alerts.example/am/');
 * url.href; // 'https://alerts.example/am'
 * authorization; // 'Basic dml0YWxzOnNlY3JldA=='
 * shown; // 'https://alerts.example/am'
 * ```
 */
export function targetOf(text: string, { isPathSecret = false }: TargetOptions = {}): Target {
  if (!URL.canParse(text)) throw new TypeError('Cannot send notifications as the URL must be a valid one');
  const url = new URL(text);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  url.hash = '';
  url.pathname = url.pathname.replace(/\/+$/, '');
  const hasCredentials = username !== '' || password !== '';
  const authorization = hasCredentials ? basic(decoded(username), decoded(password)) : undefined;
  return {
    url,
    authorization,
    shown: isPathSecret ? url.origin : `${url.origin}${url.pathname}`.replace(/\/$/, ''),
  };
}

/** The URL of a path below a target's own, which may be behind a prefix. */
export function urlBelow({ url }: Target, path: string): URL {
  const below = new URL(url);
  below.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  return below;
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** URLs may hold what was never encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
