import type { IncomingMessage } from 'node:http';
import { describeAlert, Fleet, type Transition } from '../core/index.ts';
import { alertSettingsOfConfig } from './alert-settings.ts';
import { AlertEngine } from './alerts/index.ts';
import type { Clock } from './clock.ts';
import { type Config, ConfigError } from './config/index.ts';
import { Failures } from './failures.ts';
import { FleetLoop } from './fleet-loop.ts';
import { expectedAgentsOf, fleetSettingsOf, sessionSettingsOf } from './fleet-settings.ts';
import { createHealth } from './health/index.ts';
import { History } from './history/history.ts';
import { assertBindAllowed, type GuardRules, guardIngest, hostRule, loadTokens } from './http/index.ts';
import { type HttpListener, startHttpListener } from './http-listener.ts';
import { Lifecycle } from './lifecycle.ts';
import type { Log } from './log.ts';
import { externalUrlOf } from './notify/external-url.ts';
import { Notifications } from './notify/notifications.ts';
import { type Authorization, pipelineOf, startOtlpHttpReceiver } from './otlp/index.ts';
import { loadPageFiles } from './out/page/page-files.ts';
import { metricsHandler } from './out/prometheus/metrics-handler.ts';
import { createHttpApp } from './out/rest/http-app.ts';
import type { Readiness } from './out/rest/probes.ts';
import { SelfMetrics } from './self-metrics/self-metrics.ts';
import { StartError } from './start-error.ts';
import { StoreService } from './store/index.ts';
import { version } from './version.ts';

/** How long requests under way may take once a stop was asked for; there is more to stop after them. */
const otlpGraceMs = 1_500;

/** What the processor gets from outside. */
export interface AppOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/** Where the processor listens, as URLs. */
export interface Addresses {
  readonly http: string;
  readonly otlpHttp: string;
}

/** The processor, whole. */
export interface App {
  /**
   * Starts everything, or nothing: where a part fails, those before it are stopped again.
   *
   * @throws StartError or ConfigError that names the key to change.
   */
  start(): Promise<void>;
  /** Stops everything in reverse order, within 5 s; a second call waits for the first. */
  stop(): Promise<void>;
  /** @throws Error unless it is started. */
  addresses(): Addresses;
}

/**
 * Puts the processor together: OTLP → observations → fleet → transitions → faces.
 *
 * @param config - Read and checked.
 * @param options - The time and the log.
 * @returns The processor; nothing is opened before its start.
 * @example
 * ```ts
 * const { config } = loadConfig({ text: 'http: { endpoint: "127.0.0.1:0" }', env: {} });
 * const app = createApp(config, { clock: systemClock(), log });
 * await app.start();
 * app.addresses().http; // 'http://127.0.0.1:40213'
 * await app.stop();
 * ```
 */
export function createApp(config: Config, { clock: processClock, log }: AppOptions): App {
  const failures = new Failures(log);
  const onFailure = (where: string, error: unknown) => failures.report(where, error);
  const lifecycle = new Lifecycle(onFailure);
  let addresses: Addresses | undefined;
  let readiness = (): Readiness => ({ isReady: false, reason: 'The processor is starting.' });

  async function start(): Promise<void> {
    const { tokens, warnings } = loadTokens(config.auth.tokens);
    for (const warning of warnings) log.warn(warning);
    const httpEndpoint = config.http.endpoint;
    const otlp = config.receivers.otlp.http;
    assertBindAllowed(httpEndpoint, tokens.callers, 'http.endpoint');
    assertBindAllowed(otlp.endpoint, tokens.callers, 'receivers.otlp.http.endpoint');

    const store = new StoreService({
      path: config.store.path,
      snapshotIntervalMs: config.store.snapshotIntervalMs,
      maxSizeBytes: config.store.maxSizeBytes,
      minutesKeptMs: config.store.minuteRetentionMs,
      hoursKeptMs: config.store.hourRetentionMs,
      clock: processClock,
      log,
    });
    const fleetSettings = fleetSettingsOf(config);
    const { fleet, clock, observedUntilMs } = await store.start(() => new Fleet(fleetSettings));
    lifecycle.onStop('store', () => store.stop());
    const alertSettings = alertSettingsOfConfig(config);
    const health = createHealth({
      fleet,
      clock,
      sessions: sessionSettingsOf(config),
      maxSessions: config.limits.maxSessions,
      each: (slot, sampled) => history.onSample(slot, sampled),
      onRound: () => void history.onRound(),
      alertCounts: () => alerts.counts,
      onFailure,
    });
    const history = new History({
      fleet,
      clock,
      store,
      verdictOf: health.verdicts.verdictOf,
      detailedAgents: config.history.detailedAgents,
      maxSessions: config.exposition.detailedSessions,
      observedUntilMs,
      onFailure,
    });
    lifecycle.onStop('history', () => history.finish());
    const alerts = new AlertEngine({
      fleet,
      clock,
      store,
      settings: alertSettings,
      health: fleetSettings.health,
      graceMs: Math.max(fleetSettings.failoverGraceMs, fleetSettings.offlineAfterMs),
      observedUntilMs,
      verdictOf: health.verdicts.verdictOf,
      ownHost: health.ownHost,
      onFailure,
    });
    await alerts.restore();
    lifecycle.onStop('alerts', () => alerts.stop());
    const notifications = new Notifications({
      name: config.name,
      settings: config.alerts,
      clock,
      store,
      textOf: (alert) => describeAlert(alert, alertSettings),
      log,
      onFailure,
    });
    alerts.onChanges((changes) => notifications.onChanges(changes));
    alerts.watchReceivers(() => notifications.figures);
    const onTransitions = (transitions: readonly Transition[]) => {
      logTransitions(transitions, clock, log);
      store.record(transitions);
      health.onTransitions(transitions);
      history.onTransitions(transitions);
      alerts.onTransitions(transitions);
    };

    const selfMetrics = new SelfMetrics({
      fleet,
      store,
      alerts,
      notifications,
      agentLimit: config.limits.maxAgents,
      seriesLimit: config.exposition.maxSeries,
      onError: (error) => onFailure('own metrics', error),
    });
    lifecycle.onStop('own metrics', () => selfMetrics.shutdown());

    const handleMetrics = metricsHandler({
      fleet,
      verdictOf: health.verdicts.verdictOf,
      ownHost: health.ownHost,
      firingAlerts: () => alerts.firing(),
      fleetScore: () => health.sampler.fleetScore,
      clock,
      selfMetrics,
      bounds: () => config.exposition,
      onError: (error) => onFailure('/metrics', error),
    });
    let hosts = hostRule(httpEndpoint, undefined, config.http.allowedHosts);
    const httpApp = createHttpApp({
      fleet,
      clock,
      rules: () => ({ tokens, hosts }),
      readiness: () => readiness(),
      pageFiles: await loadPageFiles(),
      metrics: handleMetrics,
      transitions: (query) => store.transitions(query),
      rollups: (query) => store.rollups(query),
      levels: config.health,
      onTransitions,
      sessions: health.sessions,
      system: health.system,
      alerts,
      alertSettings,
      incidents: (query) => alerts.incidents.list(query),
      audit: async (deed) => {
        const isKept = await store.audit({ ...deed, atEpochMs: clock.toEpochMs(clock.now()) });
        const { action, subject, who } = deed;
        if (!isKept) log.warn('an action is in effect, but not on the disk yet', { action, subject, who });
        return isKept;
      },
      onFailure,
      version,
    });
    const http: HttpListener = await startHttpListener(httpEndpoint, httpApp);
    hosts = hostRule(httpEndpoint, http.bound, config.http.allowedHosts);
    lifecycle.onStop('http', () => http.stop());
    log.info('listening', { key: 'http.endpoint', address: http.url, serves: 'page, REST, /metrics' });

    onTransitions(fleet.declare(expectedAgentsOf(config), clock.now()));
    const loop = new FleetLoop({
      fleet,
      clock,
      onTransitions,
      onFailure,
      onLook: (durationMs) => selfMetrics.ticked(durationMs),
      onPause: (pauseMs) => {
        history.onPause(pauseMs);
        log.warn('stood still: deadlines are shifted by the pause', { seconds: Math.round(pauseMs / 1000) });
      },
      requestsUnderWay: () => selfMetrics.requestsActive,
    });
    let otlpHosts = hostRule(otlp.endpoint);
    const receiver = await startOtlpHttpReceiver({
      ...otlp,
      maxTextBytes: config.limits.maxLabelLength,
      closeTimeoutMs: otlpGraceMs,
      sink: loop,
      authorize: (request) => authorizationOf(request, { tokens, hosts: otlpHosts }),
      metrics: selfMetrics,
      log,
      onFailure: (error) => onFailure('otlp', error),
    });
    otlpHosts = hostRule(otlp.endpoint, receiver.address);
    lifecycle.onStop('otlp', () => receiver.close());
    log.info('listening', {
      key: 'receivers.otlp.http.endpoint',
      address: receiver.url,
      serves: 'OTLP/HTTP',
    });

    loop.start();
    lifecycle.onStop('deadlines', () => loop.stop());
    await history.resume();
    health.start();
    lifecycle.onStop('health', () => health.stop());
    await notifications.start(alerts, externalUrlOf(config.http.externalUrl, http.bound));
    lifecycle.onStop('notifications', () => notifications.stop());
    alerts.start();

    addresses = { http: http.url, otlpHttp: receiver.url };
    const listeners = { http: http.url, otlp_http: receiver.url };
    readiness = () => ({ isReady: true, listeners, store: store.figures.isFailing ? 'failing' : 'working' });
    log.info('ready', { name: config.name, version });
  }

  async function stop(): Promise<void> {
    readiness = () => ({ isReady: false, reason: 'The processor is stopping.' });
    await lifecycle.stop();
  }

  return {
    start: async () => {
      try {
        await start();
      } catch (error) {
        await stop();
        throw asStartError(error);
      }
    },
    stop,
    addresses: () => {
      if (addresses === undefined)
        throw new Error('Cannot tell the addresses as the processor must be started');
      return addresses;
    },
  };
}

/** Who may send telemetry, in the receiver's words. */
function authorizationOf(request: IncomingMessage, rules: GuardRules): Authorization {
  const { refusal, caller } = guardIngest(request, rules);
  if (refusal === undefined) return { allowed: true, pipeline: pipelineOf(request, caller?.name) };
  const { status, detail, headers = {} } = refusal;
  return { allowed: false, status, message: detail, headers };
}

function asStartError(error: unknown): Error {
  if (error instanceof StartError || error instanceof ConfigError) return error;
  return new StartError(error instanceof Error ? error.message : String(error), { cause: error });
}

function logTransitions(transitions: readonly Transition[], clock: Clock, log: Log): void {
  if (transitions.length === 0 || !log.isEnabled('debug')) return;
  for (const { agent, from, to, at, reason, irregular } of transitions) {
    log.debug('transition', {
      agent,
      from,
      to,
      at: new Date(clock.toEpochMs(at)).toISOString(),
      reason,
      ...(irregular ? { irregular } : {}),
    });
  }
}
