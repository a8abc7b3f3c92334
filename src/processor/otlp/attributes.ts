import { attributes as contract, prometheusLabel } from '@agent-vitals/contract';

/**
 * The attributes that the readers take, each by a small integer, so that a set of them is one 32-bit mask: there is
 * no room for a thirty-third. Names beside the contract's are OpenTelemetry's.
 */
const names = {
  agentId: [contract.agentId],
  genAiAgentId: [contract.genAiAgentId],
  serviceName: [contract.serviceName],
  serviceNamespace: [contract.serviceNamespace],
  hostName: [contract.hostName],
  sessionId: [contract.sessionId],
  agentType: [contract.agentType],
  agentState: [contract.agentState],
  operationName: [contract.operationName],
  integrationName: [contract.integrationName],
  errorType: [contract.errorType],
  messageDirection: [contract.messageDirection],
  exhaustedReason: [contract.exhaustedReason],
  exhaustedScope: [contract.exhaustedScope],
  recoverySource: [contract.recoverySource],
  agentName: [contract.genAiAgentName],
  agentDescription: [contract.genAiAgentDescription],
  agentVersion: [contract.genAiAgentVersion],
  agentKind: [contract.agentKind],
  agentPeers: [contract.agentPeers],
  payloadClass: [contract.agentPayloadClass],
  location: [contract.agentLocation],
  sessionName: [contract.sessionName],
  processId: [contract.processPid],
  hostId: [contract.hostId],
  exceptionMessage: [contract.exceptionMessage],
  reason: [contract.stateReason],
  thread: [contract.threadId],
  eventName: ['event.name'],
  /** Marks the point into which an SDK folds all sets beyond its limit. */
  overflow: ['otel.metric.overflow'],
  /** Dimensions of host metrics: by the semantic conventions, before them, and by the Collector's hostmetrics. */
  usageState: ['cpu.mode', 'system.memory.state', 'system.cpu.state', 'process.cpu.state', 'state'],
  cpuNumber: ['cpu.logical_number', 'system.cpu.logical_number', 'cpu'],
} as const;

type Name = keyof typeof names;
const keys = Object.keys(names) as Name[];

/** The integer of each attribute. */
export const attribute = Object.fromEntries(keys.map((key, code) => [key, code])) as Record<Name, number>;

/** Every name an attribute may arrive by, dotted or as a Prometheus label. */
export const attributeNames: readonly (readonly [name: string, code: number])[] = keys.flatMap((key, code) =>
  names[key].flatMap((name) => [[name, code] as const, [prometheusLabel(name), code] as const]),
);

/**
 * Makes a mask of attributes.
 *
 * @param codes - Integers of {@link attribute}.
 * @returns A mask to hold against `AttributeSet.present`.
 */
export function maskOf(...codes: number[]): number {
  return codes.reduce((mask, code) => mask | (1 << code), 0);
}
