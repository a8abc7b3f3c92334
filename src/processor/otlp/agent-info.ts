import type { AgentInfo } from '../../core/index.ts';
import type { AttributeSet } from './attribute-set.ts';
import { attribute } from './attributes.ts';

/**
 * Makes what `vitals.agent.info` says.
 *
 * @param point - Its attributes.
 * @param resource - Those of its resource, for what the point doesn't say.
 * @returns A fresh object.
 */
export function agentInfoOf(point: AttributeSet, resource: AttributeSet): AgentInfo {
  const setOf = (code: number): AttributeSet => (point.has(code) ? point : resource);
  const textOf = (code: number): string | null => setOf(code).textOf(code) || null;
  return {
    name: textOf(attribute.agentName),
    description: textOf(attribute.agentDescription),
    version: textOf(attribute.agentVersion),
    kind: textOf(attribute.agentKind),
    peers: setOf(attribute.agentPeers).listOf(attribute.agentPeers),
    payloadClass: textOf(attribute.payloadClass),
    location: textOf(attribute.location),
    sessionName: textOf(attribute.sessionName),
    processId: setOf(attribute.processId).integerOf(attribute.processId),
    hostId: textOf(attribute.hostId),
  };
}
