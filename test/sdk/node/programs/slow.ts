/** A process of many agents towards an endpoint that is no good. Arguments: endpoint. Run with --expose-gc. */
import { setTimeout } from 'node:timers/promises';
import { registerAgent } from '@agent-vitals/sdk';
import { startVitals } from '@agent-vitals/sdk/node';

const [endpoint] = process.argv.slice(2);
process.on('unhandledRejection', (error) => console.log('unhandled', error));
startVitals({ endpoint, exportIntervalMs: 100 });
const agents = Array.from({ length: 1_000 }, (_, index) => registerAgent({ id: `agent-${index}` }));

for (let report = 0; ; report++) {
  // Urgent states all the time, messages beyond what the queue of log events holds.
  for (let turn = 0; turn < 10; turn++) {
    for (const agent of agents) {
      agent.error();
      agent.message({ to: 'nobody' });
      agent.idle();
    }
    await setTimeout(50);
  }
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  console.log(`report ${report} ${heapUsed + arrayBuffers}`);
}
