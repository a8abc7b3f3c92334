/** What another, older copy of the API leaves behind when a MeterProvider is registered with it. */
import { MeterProvider } from '@opentelemetry/sdk-metrics';

Object.assign(globalThis, {
  [Symbol.for('opentelemetry.js.api.1')]: { version: '1.4.1', metrics: new MeterProvider() },
});
const { registerAgent } = await import('@agent-vitals/sdk');
registerAgent({ id: 'cut-off' });
await new Promise((resolve) => setTimeout(resolve, 200));
