/** A process that has set up OpenTelemetry by itself and has nothing more to do. OTEL_* variables say where to. */
import { registerAgent } from '@agent-vitals/sdk';
import { startVitals } from '@agent-vitals/sdk/node';
import { NodeSDK } from '@opentelemetry/sdk-node';

new NodeSDK().start();
const vitals = startVitals();
console.log(`openTelemetry ${vitals.openTelemetry}`);
const agent = registerAgent({ id: 'a' });
agent.busy();
