/** An agent without any OpenTelemetry set up, that ends by falling off its end. */
import { registerAgent } from '@agent-vitals/sdk';

process.on('unhandledRejection', (error) => {
  console.log('unhandled', error);
});
const agent = registerAgent({ id: 'plain', heartbeatIntervalMs: 100 });
agent.exhausted();
agent.idle();
agent.message({ to: 'nobody' });
agent.queueDepth(() => {
  throw new Error('x');
});
await agent.operation('draft', () => Promise.reject(new Error('x'))).catch(() => {});
await agent
  .integration('search')
  .call(() => Promise.reject(new Error('x')))
  .catch(() => {});
agent.operation('aborted', () => Promise.resolve(1), { signal: AbortSignal.timeout(1) });
agent.leaseFor(1_000);
agent.observeError(new Error('x'));
console.log('end of the program');
