import { isThenable } from './given.ts';

/** What a function gives back when it is measured: a promise stays one. */
export type Outcome<Result> = Result extends PromiseLike<infer Value> ? Promise<Value> : Result;

/** Told once, when the function has returned or its promise has settled. Neither may throw. */
export interface Observer<Value> {
  succeeded(value: Value): void;
  failed(error: unknown): void;
}

/**
 * Calls a function and tells how it ended, sync or async. The caller gets what the function gives, its errors
 * included: a rejection nobody handles stays unhandled, once, as it would be without us.
 *
 * @throws What `fn` throws.
 */
export function measure<Result>(fn: () => Result, observer: Observer<Awaited<Result>>): Outcome<Result> {
  let result: Result;
  try {
    result = fn();
  } catch (error) {
    observer.failed(error);
    throw error;
  }
  if (!isThenable(result)) {
    observer.succeeded(result as Awaited<Result>);
    return result as Outcome<Result>;
  }
  return Promise.resolve(result).then(
    (value) => {
      observer.succeeded(value as Awaited<Result>);
      return value;
    },
    (error) => {
      observer.failed(error);
      throw error;
    },
  ) as Outcome<Result>;
}
