/** As plain.ts, with a MeterProvider whose reader is not in the way either. */
import { registerAgent } from '@agent-vitals/sdk';
import { metrics } from '@opentelemetry/api';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const exporter = {
  export: (_: unknown, done: (result: { code: number; error?: Error }) => void) =>
    done({ code: 1, error: new Error('the endpoint is dead') }),
  forceFlush: async () => {},
  shutdown: async () => {},
};
const reader = new PeriodicExportingMetricReader({
  exporter,
  exportIntervalMillis: 20,
  exportTimeoutMillis: 20,
});
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
process.on('unhandledRejection', (error) => {
  console.log('unhandled', error);
});
registerAgent({ id: 'registered', heartbeatIntervalMs: 100 }).busy();
await new Promise((resolve) => setTimeout(resolve, 100));
console.log('end of the program');
