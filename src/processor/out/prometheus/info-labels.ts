import { attributes } from '@agent-vitals/contract';
import type { AgentInfo } from '../../../core/index.ts';
import { label } from './text-format.ts';

/**
 * Writes what `vitals.agent.info` says of an agent as labels.
 *
 * @param info - What is known of it.
 * @returns A label for each fact that is known; empty where none is.
 * @example
 * ```ts
 * infoLabels({ ...info, kind: 'listener' }); // 'vitals_agent_kind="listener"'
 * ```
 */
export function infoLabels(info: AgentInfo): string {
  const facts: [attribute: string, value: string | number | null][] = [
    [attributes.genAiAgentName, info.name],
    [attributes.genAiAgentDescription, info.description],
    [attributes.genAiAgentVersion, info.version],
    [attributes.agentKind, info.kind],
    // As OpenTelemetry writes an array where only text fits.
    [attributes.agentPeers, info.peers.length === 0 ? null : JSON.stringify(info.peers)],
    [attributes.agentPayloadClass, info.payloadClass],
    [attributes.agentLocation, info.location],
    [attributes.sessionName, info.sessionName],
    [attributes.processPid, info.processId],
    [attributes.hostId, info.hostId],
  ];
  return facts
    .filter(([, value]) => value !== null)
    .map(([attribute, value]) => label(attribute, String(value)))
    .join(',');
}
