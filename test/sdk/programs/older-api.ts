/** An agent on an API without logs: metrics by the API's provider, log events by that of the optional peer. */
import { registerAgent } from '@agent-vitals/sdk';
import * as api from '@opentelemetry/api';
import { type LogRecord, logs } from '@opentelemetry/api-logs';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

class OnDemandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const reader = new OnDemandReader();
api.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
const events: LogRecord[] = [];
logs.setGlobalLoggerProvider({ getLogger: () => ({ emit: (record) => void events.push(record) }) });

const agent = registerAgent({ id: 'elder' });
agent.message({ id: 'm1', to: 'editor' });
await agent.operation('draft', async () => {});
// The optional peer is loaded by the first event.
await new Promise((resolve) => setTimeout(resolve, 100));
agent.thread({ id: 't1', status: 'completed' });

const { resourceMetrics } = await reader.collect();
const names = resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
  metrics.map(({ descriptor }) => descriptor.name),
);
const said = events.map(({ eventName, attributes }) => [eventName, attributes?.['vitals.agent.id']]);
console.log(JSON.stringify({ hasLogs: 'logs' in api, names, said, lost: agent.eventsLost }));
