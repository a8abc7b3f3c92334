export type {
  AgentAnswer,
  AgentsAnswer,
  HealthFactorAnswer,
  HealthLevel,
  HealthTrend,
  ProblemAnswer,
  Timestamp,
  TransitionAnswer,
  TransitionsAnswer,
} from './api.ts';
export {
  type AvailabilityKind,
  availabilityKinds,
  type HealthFactorName,
  healthFactors,
  type IntegrationStatus,
  integrationStatuses,
  type MessageDirection,
  messageDirections,
  type OperationOutcome,
  operationOutcomes,
  type SessionHealth,
  sessionHealths,
  type ThreadStatus,
  threadStatuses,
} from './attribute-values.ts';
export { type AttributeName, attributes, identityAttributes } from './attributes.ts';
export { type LogEventDefinition, logEvents } from './log-events.ts';
export {
  type Emitter,
  type Instrument,
  type MetricDefinition,
  type MetricKey,
  metrics,
  operationDurationBoundaries,
} from './metrics.ts';
export {
  type PrometheusNameInput,
  prometheusLabel,
  prometheusName,
  prometheusNameWithoutSuffixes,
} from './prometheus-name.ts';
export { agentMetricKeys, agentMetricOfName, attributeOfName } from './received-name.ts';
export {
  type AgentStatus,
  type Condition,
  conditions,
  type DerivedState,
  derivedStates,
  type ExhaustedReason,
  exhaustedReasons,
  mayFollow,
  parseReportedState,
  type RecoverySource,
  type ReportedState,
  recoverySources,
  reportedStates,
  type ShortStatus,
  shortStatusOf,
  stateTransitions,
  statusPrecedence,
} from './states.ts';
