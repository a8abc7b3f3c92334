import { registerAgent } from '@agent-vitals/sdk';
import { startVitals } from '@agent-vitals/sdk/node';

// Agents of one process, as users write them: `sdk-agents.ts ENDPOINT INTERVAL_MS ID=STATE …`. Each enters its state
// and beats until the process is told to end (SIGTERM says goodbye for all of them) or dies.

const [endpoint = '', interval = '', ...members] = process.argv.slice(2);
const intervalMs = Number(interval);
startVitals({ endpoint, exportIntervalMs: intervalMs });

const recoveryAt = Date.now() + 3_600_000;
for (const member of members) {
  const [id = '', state = ''] = member.split('=');
  const agent = registerAgent({ id, session: 'faults', heartbeatIntervalMs: intervalMs });
  if (state === 'busy') agent.busy();
  else if (state === 'on_call') agent.onCall();
  else if (state === 'waiting') {
    agent.busy();
    agent.waiting();
  } else if (state === 'paused') agent.pause();
  else if (state === 'error') agent.error(new Error('the disk is full'));
  else if (state === 'exhausted')
    agent.exhausted({ reason: 'rate_limit', scope: 'provider/team', recoveryAt });
  else if (state === 'stopped') agent.stop();
  else if (state !== 'idle') throw new Error(`Cannot be ${state}`);
}
console.log('beating');
setInterval(() => {}, 60_000);
