import { parentPort, workerData } from 'node:worker_threads';
import { storeError } from '../store-error.ts';
import { type Answer, buffersOf, type Call } from '../store-thread.ts';
import { StoreDatabase, type StoreDatabaseOptions } from './store-database.ts';

// The thread's first module: whatever waits for a disk waits here, never in the processor's event loop.
const options = workerData as StoreDatabaseOptions;
const database = new StoreDatabase(options);

parentPort?.on('message', ({ id, method, args }: Call) => {
  let answer: Answer;
  try {
    const run = database[method] as (...args: unknown[]) => unknown;
    answer = { id, result: run.apply(database, [...args]), notices: database.takeNotices() };
  } catch (error) {
    const failure =
      error instanceof RangeError
        ? { fault: null, message: error.message }
        : { fault: storeError(error, options.path).fault, message: storeError(error, options.path).message };
    answer = { id, failure, notices: database.takeNotices() };
  }
  parentPort?.postMessage(answer, buffersOf(answer.result));
});
