/** A process that has nothing more to do. Arguments: endpoint, mode, interval of exports in ms. */
import { registerAgent } from '@agent-vitals/sdk';
import { startVitals } from '@agent-vitals/sdk/node';

const [endpoint, mode, intervalMs = '100'] = process.argv.slice(2);
process.on('unhandledRejection', (error) => console.log('unhandled', error));
const pull =
  mode === 'prometheus' ? ({ mode, prometheus: { port: 0, host: '127.0.0.1' } } as const) : { endpoint };
// The interval is short, so that exports are under way when the process has nothing more to do.
startVitals({ ...pull, exportIntervalMs: Number(intervalMs) });
const agent = registerAgent({ id: 'a' });
agent.message({ to: 'nobody' });
agent.error();
await agent.operation('draft', () => new Promise((resolve) => setTimeout(resolve, 250)));
process.exitCode = 5;
console.log(`finished ${Date.now()}`);
