import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endOf } from './processes.ts';

/** A line of the processor's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** Where the processor listens. */
export interface Addresses {
  /** Of the page and REST. */
  readonly http: string;
  /** That agents send telemetry to. */
  readonly otlp: string;
}

/** The processor as a process. */
export interface StartedProcessor {
  readonly child: ChildProcess;
  /** Settles once it listens; rejects with what it said where it ends before that. */
  readonly addresses: Promise<Addresses>;
}

const command = fileURLToPath(new URL('../bin/agent-vitals.js', import.meta.url));
const configFile = fileURLToPath(new URL('./agent-vitals.yaml', import.meta.url));

/**
 * Starts the processor as a user would, by its command.
 *
 * @param onLine - Gets each line of its log; text that is none comes as a line of level error.
 * @returns At once; it listens when its addresses are known.
 */
export function startProcessor(onLine: (line: LogLine) => void): StartedProcessor {
  const options = ['--log-format', 'json', '--log-level', 'debug'];
  const child = spawn(process.execPath, [command, 'up', '--config', configFile, ...options], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { AGENT_VITALS_STORE_PATH: join(newFolder(), 'demo.db'), ...process.env },
    // A group of its own: Ctrl-C reaches the demo alone, which stops the agents first and the processor last.
    detached: true,
  });
  return { child, addresses: addressesOf(child, onLine) };
}

/** A new fleet each time: the demo tells its story from the beginning. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-vitals-demo-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function addressesOf(child: ChildProcess, onLine: (line: LogLine) => void): Promise<Addresses> {
  const said: string[] = [];
  const addresses = new Map<unknown, string>();
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stderr! }).on('line', (text) => {
      const line = parseLine(text);
      if (line.level === 'error') said.push(line.message);
      if (line.message === 'listening') addresses.set(line.key, String(line.address));
      if (line.message === 'ready') resolve();
      onLine(line);
    });
  });
  const ended = endOf(child).then((end) => {
    throw new Error(said.length > 0 ? said.join('\n') : `Cannot start the processor as it ended ${end}`);
  });
  ended.catch(() => {}); // Once it listens, its end is the caller's matter.
  await Promise.race([ready, ended]);
  return {
    http: addresses.get('http.endpoint') ?? '',
    otlp: addresses.get('receivers.otlp.http.endpoint') ?? '',
  };
}

function parseLine(text: string): LogLine {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line === 'object' && line !== null && 'message' in line) return line as LogLine;
  } catch {
    // Not a line of its log: what an interpreter says when it can't start, for one.
  }
  return { level: 'error', message: text };
}
