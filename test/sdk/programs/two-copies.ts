/** A MeterProvider registered with another, older copy of the API than the one that the SDK loads. */
import { registerAgent } from '@agent-vitals/sdk';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { metrics } from 'opentelemetry-api-1.9';

metrics.setGlobalMeterProvider(new MeterProvider());
registerAgent({ id: 'cut-off' });
await new Promise((resolve) => setTimeout(resolve, 200));
