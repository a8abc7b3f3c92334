/** A process with a busy agent that waits for a signal. Arguments: endpoint, what its own handler does. */
import { registerAgent } from '@agent-vitals/sdk';
import { startVitals } from '@agent-vitals/sdk/node';

const [endpoint, own = 'none'] = process.argv.slice(2);
const vitals = startVitals({ endpoint, exportIntervalMs: own === 'stay' ? 200 : 3_600_000 });
const agent = registerAgent({ id: 'a' });
agent.busy();

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  if (own === 'exitAtOnce') process.on(signal, () => process.exit(3));
  if (own === 'exitLater') process.once(signal, () => setTimeout(() => process.exit(7), 300));
  if (own === 'stay') {
    process.on(signal, () => {
      agent.idle();
      setTimeout(() => agent.busy(), 1_000);
    });
  }
}

setInterval(() => {}, 1_000);
if (own === 'flushing') void vitals.flush();
console.log('ready');
