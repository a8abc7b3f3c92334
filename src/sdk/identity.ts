import { attributes as a } from '@agent-vitals/contract';
import type { Attributes } from '@opentelemetry/api';
import { environment, hostId, hostName, hostProcess } from './host.ts';
import type { AgentOptions } from './options.ts';
import { claimId, inheritedIdentity } from './processes.ts';

/** As the processor has it: longer ids are rejected, never cut, because two would merge. */
export const idLimitBytes = 256;

/** Who an agent is: what goes on every data point, and what `vitals.agent.info` carries besides. */
export interface Identity {
  readonly id: string;
  readonly identity: Attributes;
  readonly info: Attributes;
}

/**
 * Finds the agent's id: the option, else `VITALS_AGENT_ID`, else `vitals.agent.id` or `gen_ai.agent.id` of
 * `OTEL_RESOURCE_ATTRIBUTES`. In a cluster worker the worker's number is added.
 *
 * @returns The id.
 * @throws TypeError when there is none, RangeError when it is longer than 256 bytes, Error when the parent of this
 *   process has registered it.
 */
export function agentIdOf(options: Pick<AgentOptions, 'id' | 'workerSuffix'>): string {
  const given = options.id ?? environment('VITALS_AGENT_ID') ?? idOfResource();
  if (typeof given !== 'string' || given === '') {
    throw new TypeError(
      `Cannot register an agent as its id must be a non-empty string (option id, VITALS_AGENT_ID, or vitals.agent.id in OTEL_RESOURCE_ATTRIBUTES): current value is ${JSON.stringify(given)}`,
    );
  }
  const id = options.workerSuffix === false ? given : inheritedIdentity(given);
  const bytes = new TextEncoder().encode(id).byteLength;
  if (bytes > idLimitBytes) {
    throw new RangeError(
      `Cannot register an agent as its id must be at most ${idLimitBytes} bytes: current value is ${bytes} bytes, beginning with "${id.slice(0, 40)}"`,
    );
  }
  claimId(id);
  return id;
}

/** Builds the attribute sets of an agent; absent facts are left out. */
export function identityOf(id: string, options: AgentOptions): Identity {
  const identity: Attributes = known({
    [a.agentId]: id,
    [a.sessionId]: options.session,
    [a.agentType]: options.type,
  });
  const info: Attributes = known({
    ...identity,
    [a.genAiAgentName]: options.name,
    [a.genAiAgentDescription]: options.description,
    [a.genAiAgentVersion]: options.version,
    [a.agentKind]: options.kind,
    [a.agentPeers]: options.peers === undefined ? undefined : [...options.peers],
    [a.agentPayloadClass]: options.payloadClass,
    [a.agentLocation]: options.location ?? hostName(),
    [a.sessionName]: options.sessionName,
    [a.processPid]: hostProcess?.pid,
    [a.hostId]: hostId(),
  });
  return { id, identity, info };
}

function known(attributes: Record<string, string | number | string[] | undefined>): Attributes {
  return Object.freeze(
    Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined && value !== '')),
  ) as Attributes;
}

/** `key=value,key=value`, values percent-encoded, as OpenTelemetry's resource detectors read it. */
function idOfResource(): string | undefined {
  const pairs = (environment('OTEL_RESOURCE_ATTRIBUTES') ?? '').split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const;
  });
  for (const key of [a.agentId, a.genAiAgentId]) {
    const value = pairs.find(([name]) => name === key)?.[1];
    if (value) return decoded(value);
  }
  return undefined;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
