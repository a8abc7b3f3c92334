/** Attribute names of the contract and the standard ones that it reads. */
export const attributes = {
  agentId: 'vitals.agent.id',
  agentType: 'vitals.agent.type',
  agentState: 'vitals.agent.state',
  agentCondition: 'vitals.agent.condition',
  agentKind: 'vitals.agent.kind',
  agentPeers: 'vitals.agent.peers',
  agentPayloadClass: 'vitals.agent.payload_class',
  agentLocation: 'vitals.agent.location',
  sessionId: 'vitals.session.id',
  sessionName: 'vitals.session.name',
  sessionState: 'vitals.session.state',
  operationName: 'vitals.operation.name',
  operationOutcome: 'vitals.operation.outcome',
  integrationName: 'vitals.integration.name',
  integrationState: 'vitals.integration.state',
  exhaustedReason: 'vitals.exhausted.reason',
  exhaustedScope: 'vitals.exhausted.scope',
  recoverySource: 'vitals.recovery.source',
  messageDirection: 'vitals.message.direction',
  healthFactor: 'vitals.health.factor',
  availabilityKind: 'vitals.availability.kind',
  pipelineName: 'vitals.pipeline.name',
  alertName: 'vitals.alert.name',
  alertSeverity: 'vitals.alert.severity',
  alertSubject: 'vitals.alert.subject',
  rejectReason: 'vitals.reject.reason',
  notificationOutcome: 'vitals.notification.outcome',
  // OpenTelemetry's own.
  genAiAgentId: 'gen_ai.agent.id',
  genAiAgentName: 'gen_ai.agent.name',
  genAiAgentDescription: 'gen_ai.agent.description',
  genAiAgentVersion: 'gen_ai.agent.version',
  errorType: 'error.type',
  exceptionMessage: 'exception.message',
  serviceName: 'service.name',
  serviceNamespace: 'service.namespace',
  serviceInstanceId: 'service.instance.id',
  hostName: 'host.name',
  hostId: 'host.id',
  processPid: 'process.pid',
} as const;

/** The name of an attribute that the contract knows. */
export type AttributeName = (typeof attributes)[keyof typeof attributes];

/** Identity: each agent's series from the processor carry these. */
export const identityAttributes = [attributes.agentId, attributes.sessionId, attributes.agentType] as const;
