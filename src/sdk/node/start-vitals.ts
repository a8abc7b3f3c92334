import * as api from '@opentelemetry/api';
import { currentEmission, type Emission, useEmission } from '../emission.ts';
import { AgentProducer } from './agent-producer.ts';
import { FarewellEmission } from './farewell-emission.ts';
import { Flusher } from './flusher.ts';
import { onGoodbye } from './goodbye.ts';
import { startNodeSdk } from './node-sdk.ts';
import { loadOpenTelemetry, type OpenTelemetry } from './open-telemetry.ts';
import type { OtlpTarget } from './otlp-exporters.ts';
import { logPipeline, type Pipeline, pullPipeline, pushPipeline } from './pipeline.ts';
import type { PullAddress } from './pull-server.ts';
import { resolveSettings, type Settings, type VitalsOptions } from './settings.ts';
import { atMost, awake, goodbyeMs } from './time-limit.ts';

/** A state worth knowing at once is exported at once, but no oftener than this. */
const urgentIntervalMs = 1_000;
/** At the end of the process, for what is under way already: the goodbye needs time, too. */
const hurryMs = 800;

/** What {@link startVitals} has started. */
export interface Vitals extends AsyncDisposable {
  /**
   * Who carries the agents' telemetry: OpenTelemetry as the bootstrap has `started` it, what was set up in this
   * process before (`existing`), or nobody, as `OTEL_SDK_DISABLED` says (`disabled`).
   */
  readonly openTelemetry: 'started' | 'existing' | 'disabled';
  /**
   * Where metrics may be scraped, once the server listens; undefined where they aren't, or it can't, which
   * OpenTelemetry's `diag` has been told.
   */
  readonly prometheus: Promise<PullAddress | undefined>;
  /** Goodbyes of agents that were dropped because no receiver heard them and more than 10,000 waited. */
  readonly goodbyesLost: number;
  /**
   * Sends what waits.
   *
   * @returns Settles when it is sent or given up; never rejects.
   */
  flush(): Promise<void>;
  /**
   * Says goodbye for every agent that still runs, sends what waits, and takes the bootstrap back, within 2 s. What
   * was set up by others stays.
   *
   * @returns Settles when that is done; never rejects. The same for every call.
   */
  shutdown(): Promise<void>;
}

const { createNoopMeter, diag, metrics } = api;

let current: Vitals | undefined;

/**
 * Starts the telemetry of this process' agents, for those who have no OpenTelemetry set up: OTLP/HTTP protobuf every
 * 10 s, or Prometheus pull. `OTEL_*` variables fill in what the options leave open. A state that somebody waits for
 * (exhausted, error, stopped) is sent at once, at most once a second; SIGTERM, SIGINT and the end of the event loop
 * say goodbye for the agents. Nothing here keeps the process open.
 *
 * Where a MeterProvider is registered already, that one is used, and the answer and `diag` say so. A second call
 * gives back what the first has started.
 *
 * @param options - All optional.
 * @returns What was started.
 * @throws Error where Node is older than 22.15 or `@opentelemetry/sdk-node` isn't installed, naming the command that
 *   installs it; TypeError or RangeError for an option that cannot be.
 * @example
 * ```ts
 * import { registerAgent } from '@agent-vitals/sdk';
 * import { startVitals } from '@agent-vitals/sdk/node';
 *
 * await using vitals = startVitals({ endpoint: 'http://localhost:4318', serviceName: 'newsroom' });
 * const agent = registerAgent({ id: 'writer' });
 * await agent.operation('draft', async () => {});
 * console.log(vitals.openTelemetry); // started
 * ```
 */
export function startVitals(options: VitalsOptions = {}): Vitals {
  if (current !== undefined) {
    diag.warn('@agent-vitals/sdk: startVitals was called before; what it started then is used');
    return current;
  }
  // biome-ignore lint/style/noProcessEnv: OpenTelemetry's variables are part of what this function promises.
  const settings = resolveSettings(options, process.env);
  current = settings.disabled
    ? disabled()
    : metrics.getMeter('agent-vitals') !== createNoopMeter()
      ? existing(settings)
      : started(settings, loadOpenTelemetry());
  return current;
}

function disabled(): Vitals {
  diag.info('@agent-vitals/sdk: OTEL_SDK_DISABLED is true; nothing is sent');
  return vitals({ openTelemetry: 'disabled', flush: async () => {}, stop: async () => {} });
}

/** On somebody else's providers: only what they can't know is done here. */
function existing(settings: Settings): Vitals {
  diag.warn(
    '@agent-vitals/sdk: OpenTelemetry is set up already; agents report through its MeterProvider, and what startVitals was told of endpoint, token and mode is not used',
  );
  const flusher = new Flusher(() => Promise.allSettled(otherProviders().map(forceFlush)), urgentIntervalMs);
  const emission = new FarewellEmission(currentEmission(), flusher);
  const previous = useEmission(emission);
  const sayGoodbye = async () => {
    if (emission.depart()) await atMost(flusher.flush(), goodbyeMs);
  };
  const takeBack = settings.goodbye ? onGoodbye(process, sayGoodbye) : () => {};
  return vitals({
    openTelemetry: 'existing',
    flush: () => awake(flusher.flush()),
    async stop() {
      takeBack();
      flusher.cancel();
      await sayGoodbye();
      putBack(emission, previous);
    },
  });
}

function otherProviders(): readonly unknown[] {
  // An API older than 1.10 has no logs.
  return [metrics.getMeterProvider(), (api as Partial<typeof api>).logs?.getLoggerProvider()];
}

/** Providers of the SDK can be flushed; the API doesn't promise it. */
async function forceFlush(provider: unknown): Promise<void> {
  const flushable = provider as { forceFlush?: () => Promise<void> } | undefined;
  await flushable?.forceFlush?.();
}

function started(settings: Settings, openTelemetry: OpenTelemetry): Vitals {
  const pipelines = pipelinesOf(settings, openTelemetry);
  const flusher = new Flusher(
    () => Promise.allSettled(pipelines.map((pipeline) => pipeline.flush())),
    urgentIntervalMs,
  );
  const sdk = startNodeSdk(settings, openTelemetry, pipelines);
  const producer = new AgentProducer(
    pipelines.flatMap(({ view }) => view ?? []),
    flusher,
  );
  const previous = useEmission(producer);
  const hurry = () => {
    for (const pipeline of pipelines) pipeline.hurry(hurryMs);
  };
  const sayGoodbye = async () => {
    if (!producer.depart()) return;
    hurry();
    await atMost(flusher.flush(), goodbyeMs);
  };
  const takeBack = settings.goodbye ? onGoodbye(process, sayGoodbye) : () => {};
  return vitals({
    openTelemetry: 'started',
    prometheus: pipelines.find(({ listening }) => listening !== undefined)?.listening,
    goodbyesLost: () => producer.givenUp,
    flush: () => awake(flusher.flush()),
    async stop() {
      takeBack();
      flusher.cancel();
      producer.depart();
      hurry();
      await atMost(sdk.shutdown(), goodbyeMs);
      producer.close();
      putBack(producer, previous);
      for (const pipeline of pipelines) pipeline.close();
      sdk.unregister();
    },
  });
}

function pipelinesOf(settings: Settings, openTelemetry: OpenTelemetry): Pipeline[] {
  const { endpoint, headers, exportTimeoutMs } = settings;
  const target: OtlpTarget = { endpoint, headers };
  const onError = sayOnce('@agent-vitals/sdk: an agent could not be read');
  const pipelines: Pipeline[] = [];
  if (settings.otlp)
    pipelines.push(pushPipeline(openTelemetry, settings, { ...target, timeoutMs: exportTimeoutMs }, onError));
  if (settings.prometheus !== undefined) {
    pipelines.push(pullPipeline(openTelemetry, settings.prometheus, onError));
  }
  if (settings.logs === 'otlp') pipelines.push(logPipeline(openTelemetry, target, settings.logBatches));
  return pipelines;
}

interface Parts {
  readonly openTelemetry: Vitals['openTelemetry'];
  readonly prometheus?: Vitals['prometheus'] | undefined;
  readonly goodbyesLost?: () => number;
  flush(): Promise<void>;
  /** Called once. */
  stop(): Promise<void>;
}

function vitals({ openTelemetry, prometheus, goodbyesLost, flush, stop }: Parts): Vitals {
  let stopped: Promise<void> | undefined;
  const shutdown = (): Promise<void> => {
    stopped ??= stop().finally(() => {
      current = undefined;
    });
    return stopped;
  };
  return {
    openTelemetry,
    prometheus: prometheus ?? Promise.resolve(undefined),
    get goodbyesLost() {
      return goodbyesLost?.() ?? 0;
    },
    flush: () => stopped ?? flush(),
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
}

/** Unless somebody has put another in its place since. */
function putBack(emission: Emission, previous: Emission): void {
  if (currentEmission() === emission) useEmission(previous);
}

/** A handler that says the first error and swallows the rest, which would be the same again at every export. */
function sayOnce(message: string): (error: unknown) => void {
  let said = false;
  return (error) => {
    if (said) return;
    said = true;
    diag.error(message, error);
  };
}
