import { type Endpoint, formatEndpoint } from './config/index.ts';

/** Thrown when the processor can't start; the message says what to change. */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
  }
}

/**
 * Turns a failed listen into words that name the key to change.
 *
 * @param error - What the listener threw.
 * @param endpoint - Where it should have listened.
 * @param key - The endpoint's key, such as `http.endpoint`.
 * @param hint - Added for ports that others are known to use.
 * @returns A StartError; the error itself where it isn't about listening.
 */
export function listenError(error: unknown, endpoint: Endpoint, key: string, hint = ''): Error {
  if (!(error instanceof Error)) return new StartError(String(error));
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? ''];
  if (reason === undefined) return error;
  const message = `Cannot listen on ${formatEndpoint(endpoint)} as ${reason}${hint}. Change ${key}.`;
  return new StartError(message, { cause: error });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port must be free: another process uses it',
  EACCES: 'this user must be allowed to use the port: ports below 1024 are often kept for root',
  EADDRNOTAVAIL: 'the address must be one of this machine',
  ENOTFOUND: 'the host must be known: its name has no address',
  EAI_AGAIN: 'the host must be known: no name server answers',
  EAFNOSUPPORT: 'the machine must support this kind of address',
};
