/** Memory after many agents have come and gone; needs --expose-gc. */
import { registerAgent } from '@agent-vitals/sdk';

function round(count: number): void {
  for (let index = 0; index < count; index++) {
    const agent = registerAgent({
      id: `agent-${index}-${Math.random()}`,
      name: 'Writer',
      session: 'newsroom',
    });
    agent.operation('draft', () => 1);
    agent.integration('search').call(() => 1);
    agent.exhausted();
    agent.stop();
  }
}
const usedBytes = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};
round(2_000);
// Log events wait for the optional peer to load: they go in the next turns.
await new Promise((resolve) => setTimeout(resolve, 100));
const before = usedBytes();
round(10_000);
await new Promise((resolve) => setTimeout(resolve, 100));
console.log(JSON.stringify({ bytesPerAgent: (usedBytes() - before) / 10_000 }));
