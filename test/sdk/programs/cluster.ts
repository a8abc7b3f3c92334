/** Two cluster workers that run the same code with the same id. */
import cluster from 'node:cluster';
import { registerAgent } from '@agent-vitals/sdk';

if (cluster.isPrimary) {
  for (let count = 0; count < 2; count++) cluster.fork();
} else {
  const id = process.env.ID_IN_CODE?.replace('<worker>', String(cluster.worker?.id));
  const agent = registerAgent({ id, workerSuffix: process.env.AS_IS !== 'yes' });
  console.log(`worker is ${agent.id}`);
  agent.stop();
  cluster.worker?.disconnect();
}
