import { request } from 'node:http';
import {
  type Attributes,
  gaugeMetric,
  histogramMetric,
  histogramPoint,
  type JsonObject,
  metricsRequest,
  numberPoint,
  sumMetric,
} from './otlp.ts';

/** Many agents behind one sender, as behind a Collector. */
export interface AgentsInBulk {
  readonly ids: readonly string[];
  readonly session: string;
  readonly type: string;
  /** Another address of the loopback network is another way in. */
  readonly localAddress: string;
  /** They are out of quota until then. */
  readonly exhausted?: { readonly scope: string; readonly recoveryAtMs: number };
  /** They call it, and it fails each time. */
  readonly failingIntegration?: string;
}

const everyMs = 1000;

/**
 * Beats for many agents each second. While the processor is away it goes on, as a Collector would.
 *
 * @returns once the processor took the first request; called, it falls silent
 */
export async function sendInBulk(agents: AgentsInBulk, otlpUrl: string): Promise<() => void> {
  const startedAt = Date.now();
  let beats = 0;
  const send = () => {
    beats += 1;
    return post(`${otlpUrl}/v1/metrics`, agents.localAddress, bulkRequest(agents, startedAt, beats));
  };
  await send();
  const timer = setInterval(() => void send().catch(() => {}), everyMs);
  return () => clearInterval(timer);
}

function bulkRequest(agents: AgentsInBulk, startTimeMs: number, beats: number): JsonObject {
  const timeMs = Date.now();
  const points = (value: number, extra: Attributes = {}) =>
    agents.ids.map((id) => {
      const identity = {
        'vitals.agent.id': id,
        'vitals.session.id': agents.session,
        'vitals.agent.type': agents.type,
      };
      return numberPoint(value, { attributes: { ...identity, ...extra }, timeMs, startTimeMs });
    });
  const metrics = [
    sumMetric('vitals.agent.heartbeats', points(beats)),
    gaugeMetric('vitals.agent.heartbeat.interval', points(everyMs / 1000)),
    gaugeMetric('vitals.agent.queue.depth', points(3)),
  ];
  const { exhausted, failingIntegration } = agents;
  if (exhausted !== undefined) {
    const quota = {
      'vitals.exhausted.reason': 'rate_limit',
      'vitals.exhausted.scope': exhausted.scope,
      'vitals.recovery.source': 'reported',
    };
    metrics.push(
      gaugeMetric('vitals.agent.reported.status', [
        ...points(1, { 'vitals.agent.state': 'exhausted' }),
        ...points(0, { 'vitals.agent.state': 'idle' }),
      ]),
      gaugeMetric('vitals.agent.exhausted.recovery_time', points(exhausted.recoveryAtMs / 1000, quota)),
    );
  }
  if (failingIntegration !== undefined) {
    const attributes = {
      'vitals.agent.id': agents.ids[0]!,
      'vitals.integration.name': failingIntegration,
      'error.type': 'timeout',
    };
    const point = histogramPoint(beats, beats * 0.5, { attributes, timeMs, startTimeMs });
    metrics.push(histogramMetric('vitals.integration.request.duration', [point]));
  }
  return metricsRequest({ 'service.name': 'in-bulk' }, metrics);
}

function post(url: string, localAddress: string, body: JsonObject): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', localAddress, headers: { 'content-type': 'application/json' } },
      (response) => {
        response.resume().once('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`Cannot send to ${url}: it answers ${response.statusCode}`));
        });
      },
    );
    sent.once('error', reject);
    sent.end(JSON.stringify(body));
  });
}
