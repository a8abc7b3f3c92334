/**
 * Registers and stops agents and says what memory is left. Arguments: endpoint, agents a round, rounds.
 * Run with --expose-gc.
 */
import { setImmediate } from 'node:timers/promises';
import { registerAgent } from '@agent-vitals/sdk';
import { startVitals } from '@agent-vitals/sdk/node';

const [endpoint, perRound, rounds] = process.argv.slice(2);
process.on('unhandledRejection', (error) => console.log('unhandled', error));
const vitals = startVitals({ endpoint, exportIntervalMs: 3_600_000 });

async function bytesInUse(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    globalThis.gc?.();
    await setImmediate();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

let registered = 0;
for (let round = 0; round < Number(rounds); round++) {
  for (let index = 0; index < Number(perRound); index++) {
    const agent = registerAgent({ id: `agent-${registered}`, session: `session-${registered % 50}` });
    registered++;
    agent.operation('draft', () => {});
    agent.stop();
  }
  await vitals.flush();
  console.log(`round ${await bytesInUse()}`);
}
process.exit(0);
