/** A worker thread shares the process and, as a copy, its environment. */
import { isMainThread, Worker } from 'node:worker_threads';
import { registerAgent } from '@agent-vitals/sdk';

try {
  console.log(`${isMainThread ? 'main' : 'thread'} is ${registerAgent({ id: 'writer' }).id}`);
} catch (error) {
  console.log(`thread refused: ${(error as Error).message}`);
}
if (isMainThread) new Worker(new URL(import.meta.url), { execArgv: process.execArgv });
