import type { Agent } from './agent.ts';

/** The running agents of this process, the oldest first. */
const agents = new Map<string, { readonly agent: Agent; readonly resources: boolean | undefined }>();

/** The running agent of an id. */
export function findAgent(id: string): Agent | undefined {
  return agents.get(id)?.agent;
}

export function enroll(agent: Agent, resources: boolean | undefined): void {
  agents.set(agent.id, { agent, resources });
}

export function withdraw(agent: Agent): void {
  if (agents.get(agent.id)?.agent === agent) agents.delete(agent.id);
}

/** The agent that shows what the process uses: the oldest that wasn't told otherwise. */
export function resourceCarrier(): Agent | undefined {
  for (const { agent, resources } of agents.values()) {
    if (resources !== false) return agent;
  }
  return undefined;
}
