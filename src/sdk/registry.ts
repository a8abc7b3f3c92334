import type { Agent } from './agent.ts';
import { showResources } from './resources.ts';

interface Enrolled {
  readonly agent: Agent;
  /** Whether it shows what the process uses; undefined leaves that to us. */
  readonly resources: boolean | undefined;
  readonly show: (shows: boolean) => void;
}

/** The running agents of this process, the oldest first. */
const agents = new Map<string, Enrolled>();

const repeated = new WeakSet<Agent>();

/** The agent that shows what the process uses: the oldest that wasn't told otherwise. */
let carrier: Enrolled | undefined;

/** The running agent of an id. */
export function findAgent(id: string): Agent | undefined {
  return agents.get(id)?.agent;
}

/**
 * Notes that a running agent was registered again.
 *
 * @returns Whether it was for the first time: a program that registers at each request is told once.
 */
export function isFirstRepetition(agent: Agent): boolean {
  if (repeated.has(agent)) return false;
  repeated.add(agent);
  return true;
}

export function enroll(enrolled: Enrolled): void {
  agents.set(enrolled.agent.id, enrolled);
  if (enrolled.resources === true) setShown(enrolled, true);
  else chooseCarrier();
}

export function withdraw(agent: Agent): void {
  const enrolled = agents.get(agent.id);
  if (enrolled?.agent !== agent) return;
  agents.delete(agent.id);
  if (enrolled === carrier || enrolled.resources === true) setShown(enrolled, false);
  if (enrolled === carrier) carrier = undefined;
  chooseCarrier();
}

function chooseCarrier(): void {
  if (carrier !== undefined) return;
  for (const enrolled of agents.values()) {
    if (enrolled.resources === false) continue;
    carrier = enrolled;
    // One that asked for it shows them already, and nobody else has to.
    if (enrolled.resources === undefined) setShown(enrolled, true);
    return;
  }
}

function setShown(enrolled: Enrolled, shows: boolean): void {
  enrolled.show(shows);
  showResources(shows ? 1 : -1);
}
