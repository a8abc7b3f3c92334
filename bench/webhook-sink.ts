import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** What a sink got by one path: when each alert came for the first time, by its subject. */
export interface Arrival {
  readonly path: string;
  readonly atEpochMs: number;
  readonly bytes: number;
  readonly truncated: number;
  /** Alerts that fire: name, subject, and since when. */
  readonly firing: readonly (readonly [name: string, subject: string, startsAt: string])[];
}

/** Starts a webhook's other end in a thread of its own, so that it takes nothing from who is measured. */
export async function startSink(
  onArrival: (arrival: Arrival) => void,
): Promise<{ url: string; end(): Promise<unknown> }> {
  const worker = new Worker(new URL(import.meta.url));
  const [port] = (await once(worker, 'message')) as [number];
  worker.on('message', onArrival);
  return { url: `http://127.0.0.1:${port}`, end: () => worker.terminate() };
}

interface Payload {
  truncatedAlerts: number;
  alerts: { status: string; labels: Record<string, string>; startsAt: string }[];
}

if (!isMainThread) {
  const server = createServer((request, response) => {
    const atEpochMs = performance.timeOrigin + performance.now();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.end();
      const body = Buffer.concat(chunks);
      const { alerts, truncatedAlerts: truncated } = JSON.parse(body.toString()) as Payload;
      const firing = alerts
        .filter(({ status }) => status === 'firing')
        .map(({ labels, startsAt }) => [labels.alertname, labels.subject, startsAt]);
      parentPort?.postMessage({ path: request.url, atEpochMs, bytes: body.length, truncated, firing });
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
}
