#!/usr/bin/env node
// Runs the command on Node 24 or newer: on the pinned one where this Node is older. Plain JavaScript, because
// an old Node must be able to read it. A checkout runs from source; the published package from dist/.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { onNpmEnd } from './npm-end.js';

const neededMajor = 24;
const source = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
const built = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

const node = findNode();
if (node === undefined) {
  process.stderr.write(
    `Cannot run agent-vitals as Node must be ${neededMajor} or newer: current value is ${process.version}. ` +
      `Install Node ${neededMajor}, or reinstall with optional packages so that the pinned one comes along.\n`,
  );
  process.exit(1);
}
const entry = existsSync(source) ? ['--conditions=@agent-vitals/source', source] : [built];
// A young generation that may grow further is collected in pauses of 30 ms and more while a storm of alerts fills it
// (bench/alert-engine.ts, run with and without); reading telemetry makes little garbage and is no slower.
const flags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=8'];
run(node, [...flags, ...entry, ...process.argv.slice(2)]);

/** This Node where it is new enough, else the pinned platform package's, else nothing. */
function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= neededMajor) return process.execPath;
  try {
    return createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`);
  } catch {
    return undefined;
  }
}

/**
 * Hands over standard streams, signals and the exit code; the channel tells the child when this process dies.
 *
 * @param {string} command
 * @param {readonly string[]} args
 */
function run(command, args) {
  const child = spawn(command, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  // The terminal sends its signals to the whole group already: the handlers only keep this process alive.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])) {
    process.on(signal, () => {
      if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
    });
  }
  // Whoever started this one with a channel is gone: nobody else would stop what it runs.
  if (process.connected) process.once('disconnect', () => child.kill('SIGTERM'));
  onNpmEnd(() => child.kill('SIGTERM'));
  child.on('error', (error) => {
    process.stderr.write(`Cannot start ${command}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
}
