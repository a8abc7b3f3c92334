/**
 * Runs programs, each in a thread of its own, a few at a time as they wait more than they work, and prints what each
 * has printed as one line of JSON. `node run-programs.ts FOLDER PROGRAM…`
 */
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

const atOnce = 4;
const timeLimitMs = 20_000;
const [folder, ...programs] = process.argv.slice(2);

const waiting = programs.values();
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (const program of waiting) await run(program);
  }),
);

async function run(program: string): Promise<void> {
  const worker = new Worker(pathToFileURL(join(folder!, program)), { stdout: true, stderr: true });
  const printed = text(worker.stdout);
  const warned = text(worker.stderr);
  let error: string | undefined;
  worker.on('error', (thrown) => {
    error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  });
  const timer = setTimeout(() => {
    error = `it must end within ${timeLimitMs} ms: something keeps it open`;
    void worker.terminate();
  }, timeLimitMs);
  await new Promise((resolve) => worker.once('exit', resolve));
  clearTimeout(timer);
  const [stdout, stderr] = await Promise.all([printed, warned]);
  process.stdout.write(`${JSON.stringify({ program, stdout, stderr, error })}\n`);
}
