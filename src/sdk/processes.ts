/**
 * Processes of one program: cluster workers and forked children run the same code with the same environment, and
 * would claim one id together.
 */
import { builtin, environment, hostProcess } from './host.ts';

/** Where a process notes what it has registered, for the children that inherit its environment. */
const claimsVariable = 'VITALS_AGENT_CLAIMED';

/** The environment is small and copied into each child: so many ids are noted, and no more. */
const claimsLimit = 8;
const claims: string[] = [];

/**
 * In a cluster worker, adds the worker's number to the id: `writer` becomes `writer-2`. pm2's stable slot
 * (`NODE_APP_INSTANCE`) goes before the number that Node counts up at each fork.
 *
 * @param id - The id that every worker shares.
 * @returns The worker's own; the id itself elsewhere, or where it ends with the number already.
 */
export function inheritedIdentity(id: string): string {
  // Only processes with a channel to their parent can be workers; the others needn't load the module.
  const worker = hostProcess?.channel == null ? undefined : builtin('node:cluster')?.worker;
  if (worker === undefined) return id;
  const slot = environment('NODE_APP_INSTANCE') ?? String(worker.id);
  return new RegExp(`(^|[^0-9])${slot.replace(/\D/g, '')}$`).test(id) ? id : `${id}-${slot}`;
}

/**
 * Notes an id in the environment, so that a forked child that claims it too is told.
 *
 * @throws Error when the process that started this one, or the thread that started this thread, has registered it.
 */
export function claimId(id: string): void {
  if (hostProcess?.env === undefined) return;
  const [owner, ...claimed] = (environment(claimsVariable) ?? '').split('\n');
  const ownPid = String(hostProcess.pid);
  const inWorkerThread = builtin('node:worker_threads')?.isMainThread === false;
  const inherited = owner === String(hostProcess.ppid) || (owner === ownPid && inWorkerThread);
  if (inherited && !claims.includes(id) && claimed.includes(id)) {
    throw new Error(
      `Cannot register agent "${id}" as each process needs an id of its own: the ${owner === ownPid ? 'thread' : 'process'} that started this one (pid ${owner}) has registered it. Pass another id`,
    );
  }
  if (claims.includes(id) || claims.length >= claimsLimit) return;
  claims.push(id);
  writeClaims();
}

/** The agent has said goodbye: a child may take over its id. */
export function releaseId(id: string): void {
  const at = claims.indexOf(id);
  if (at < 0) return;
  claims.splice(at, 1);
  writeClaims();
}

function writeClaims(): void {
  if (hostProcess?.env === undefined) return;
  hostProcess.env[claimsVariable] = [hostProcess.pid, ...claims].join('\n');
}
