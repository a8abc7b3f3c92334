/** The demo's agents without its processor: `agents.ts OTLP_ENDPOINT`, as docker-compose.yml runs them. */
import type { ChildProcess } from 'node:child_process';
import { fleet } from './fleet.ts';
import { endOf, startAgent, stopAll } from './processes.ts';

const stopWithinMs = 3_000;

const endpoint = process.argv[2];
if (endpoint === undefined || !URL.canParse(endpoint)) {
  process.stderr.write(
    `Cannot start the demo's agents as the OTLP endpoint must be a URL: current value is ${endpoint ?? 'missing'}\n`,
  );
  process.exit(2);
}

const agents = new Map<string, ChildProcess>();
for (const { id, behaviour } of fleet) {
  const child = startAgent(id, endpoint, (text) => process.stderr.write(`${id}: ${text}\n`));
  agents.set(id, child);
  process.stdout.write(`${id} started: ${behaviour}\n`);
  void endOf(child).then((end) => {
    agents.delete(id);
    process.stdout.write(`${id} ended ${end}\n`);
  });
}
// Its end is its part: nobody says goodbye for it.
const doomedAfterMs = 30_000;
setTimeout(() => {
  for (const { id } of fleet.filter(({ behaviour }) => behaviour === 'doomed'))
    agents.get(id)?.kill('SIGKILL');
}, doomedAfterMs).unref();

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => void stopAll(agents.values(), stopWithinMs).then(() => process.exit(0)));
}
