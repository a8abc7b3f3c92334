import { setInterval } from 'node:timers/promises';
import { registerAgent } from '@agent-vitals/sdk';
import { startVitals } from '@agent-vitals/sdk/node';

// An agent in pull mode that works until it is killed; of five operations one fails. Says where it is to be scraped.

const vitals = startVitals({ mode: 'prometheus', prometheus: { host: '127.0.0.1', port: 0 } });
const agent = registerAgent({
  id: 'pulled',
  session: 'night',
  type: 'writer',
  heartbeatIntervalMs: 200,
});
agent.confidence(0.75);
agent.queueDepth(3);
const address = await vitals.prometheus;
console.log(`listening ${address?.host}:${address?.port}`);

let finished = 0;
for await (const _ of setInterval(50)) {
  finished += 1;
  await agent
    .operation('draft', async () => {
      if (finished % 5 === 0) throw new Error('refused');
    })
    .catch(() => {});
}
