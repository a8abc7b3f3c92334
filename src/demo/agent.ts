/** One agent of the demo, a process of its own: `agent.ts ID OTLP_ENDPOINT`. */
import { registerAgent } from '@agent-vitals/sdk';
import { startVitals } from '@agent-vitals/sdk/node';
import { behaviours } from './behaviours.ts';
import { fleet } from './fleet.ts';

const [id, endpoint] = process.argv.slice(2);
const member = fleet.find((candidate) => candidate.id === id);
if (member === undefined || endpoint === undefined) {
  throw new Error(`Cannot start an agent as its id must be one of the fleet's: current value is ${id}`);
}

const beatEveryMs = 1_000;
const vitals = startVitals({ endpoint, exportIntervalMs: beatEveryMs });
const agent = registerAgent({
  id: member.id,
  name: member.name,
  session: member.session,
  type: member.type,
  heartbeatIntervalMs: beatEveryMs,
});

const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
// Ctrl-C is the demo's matter, which stops its agents itself.
process.on('SIGINT', () => {});
// The demo is gone without a word: so is its fleet.
process.on('disconnect', () => process.exit(0));

try {
  await behaviours[member.behaviour](agent, stopping.signal);
} catch (error) {
  if (!stopping.signal.aborted) throw error;
}
await vitals.shutdown();
process.exit(0);
