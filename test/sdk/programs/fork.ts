/** Registers an id, forks itself, and lets the child try its luck with the id it is given. */
import { fork } from 'node:child_process';
import { registerAgent } from '@agent-vitals/sdk';

const [role, childId] = process.argv.slice(2);
try {
  const agent = registerAgent({ id: role === 'child' ? childId : 'writer' });
  console.log(`${role} is ${agent.id}`);
  if (process.env.STOP_FIRST === 'yes') agent.stop();
  if (process.env.START_AGAIN === 'yes') agent.start();
} catch (error) {
  console.log(`${role} refused: ${(error as Error).message}`);
}
if (role === 'parent') {
  fork(import.meta.filename, ['child', childId!], { execArgv: process.execArgv });
}
