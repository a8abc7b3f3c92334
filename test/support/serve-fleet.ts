import { onTestFinished } from 'vitest';
import { alertSettingsOf, defaultHealthSettings, defaultSessionSettings } from '../../src/core/index.ts';
import { createHealth } from '../../src/processor/health/index.ts';
import { hostRule, Tokens } from '../../src/processor/http/index.ts';
import { startHttpListener } from '../../src/processor/http-listener.ts';
import { loadPageFiles } from '../../src/processor/out/page/page-files.ts';
import { createHttpApp, type HttpAppOptions } from '../../src/processor/out/rest/http-app.ts';
import { epochMs, type Scenario } from './observe.ts';

/** A fleet on the network. */
export interface ServedFleet {
  /** Such as `http://127.0.0.1:40213`. */
  readonly url: string;
  /** What failed through no fault of the caller. */
  readonly failures: unknown[];
  get(path: string, init?: RequestInit): Promise<Response>;
  /** Ends before the test does. */
  stop(): Promise<void>;
}

/**
 * Serves a scenario's fleet over HTTP as the processor does, with REST, page, login and probes.
 *
 * @param scenario - Its moments are shown as if its time line began at `startEpochMs`.
 * @param options - Tokens (default none), and whatever else the application takes.
 */
export async function serveFleet(
  scenario: Scenario,
  options: Partial<HttpAppOptions> & { readonly tokens?: Tokens; readonly startEpochMs?: number } = {},
): Promise<ServedFleet> {
  const { tokens = new Tokens([]), startEpochMs = epochMs, ...rest } = options;
  const failures: unknown[] = [];
  const clock = { now: () => scenario.nowMs, toEpochMs: (atMs: number) => startEpochMs + atMs };
  const onFailure = (_where: string, error: unknown) => failures.push(error);
  const health = createHealth({
    fleet: scenario.fleet,
    clock,
    sessions: { settings: defaultSessionSettings, cacheMs: 30_000 },
    maxSessions: 1000,
    onFailure,
  });
  const hosts = hostRule({ host: '127.0.0.1', port: 0 });
  const app = createHttpApp({
    fleet: scenario.fleet,
    clock,
    rules: () => ({ tokens, hosts }),
    readiness: () => ({
      isReady: true,
      listeners: { http: 'http://h', otlp_http: 'http://127.0.0.1:4318' },
      store: 'working',
    }),
    pageFiles: await loadPageFiles(),
    metrics: (_request, response) => void response.type('text/plain').send('up 1\n'),
    transitions: () => Promise.resolve({ items: [], nextCursor: null }),
    rollups: () => Promise.resolve(undefined),
    levels: defaultHealthSettings,
    onTransitions: (transitions) => health.onTransitions(transitions),
    sessions: health.sessions,
    system: health.system,
    alerts: { entries: () => [], find: () => undefined, acknowledge: () => undefined },
    alertSettings: alertSettingsOf({}),
    incidents: () => Promise.resolve({ items: [], nextCursor: null }),
    audit: () => Promise.resolve(true),
    onFailure,
    version: '1.2.3',
    ...rest,
  });
  const listener = await startHttpListener({ host: '127.0.0.1', port: 0 }, app);
  onTestFinished(() => listener.stop());
  const { url } = listener;
  return { url, failures, get: (path, init) => fetch(`${url}${path}`, init), stop: () => listener.stop() };
}
