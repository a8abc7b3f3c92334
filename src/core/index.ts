export {
  type HealthFactorName,
  healthFactors,
  type IntegrationStatus,
  integrationStatuses,
  type SessionHealth,
  sessionHealths,
} from '@agent-vitals/contract';
export { AgentJudge, type JudgedFleet } from './alerts/agent-judge.ts';
export type { Acknowledgement, Alert, AlertChange, AlertScope, AlertState } from './alerts/alert.ts';
export {
  type AcknowledgeRequest,
  AlertBook,
  type AlertBookOptions,
  type LabelSource,
} from './alerts/alert-book.ts';
export { alertId } from './alerts/alert-id.ts';
export type {
  AccountFacts,
  AgentFacts,
  FactsOf,
  IntegrationFacts,
  PipelineFacts,
  ProcessorFacts,
  SessionFacts,
  SystemFacts,
} from './alerts/facts.ts';
export { type Inhibition, inhibitions } from './alerts/inhibitions.ts';
export { Inhibitor } from './alerts/inhibitor.ts';
export {
  type AlertLevel,
  type AlertName,
  type AlertRule,
  type AlertUnit,
  alertNames,
  type Comparison,
  type Measured,
} from './alerts/rule.ts';
export { alertRules, rulesOf } from './alerts/rules.ts';
export {
  type AlertOverride,
  type AlertSettings,
  alertSettingsOf,
  defaultRunbookUrl,
  type RuleSettings,
} from './alerts/settings.ts';
export {
  type AlertTexts,
  annotationOf,
  describeAlert,
  runbookUrlOf,
  subjectTemplate,
} from './alerts/words.ts';
export type { DeclaredAgent } from './declare.ts';
export { Fleet } from './fleet.ts';
export type { HostView } from './health/host-book.ts';
export type { IntegrationView } from './health/integration-book.ts';
export {
  type ConnectionStatus,
  integrationScores,
} from './health/integration-status.ts';
export {
  type Health,
  type HealthCap,
  type HealthFactor,
  type HealthInputs,
  healthCaps,
  healthLevel,
  healthOf,
} from './health/score.ts';
export {
  defaultSessionSettings,
  isUnheard,
  type MemberClass,
  type MemberCounts,
  memberClass,
  memberCountsOf,
  type SessionSettings,
  type SessionVerdict,
  sessionVerdict,
} from './health/session.ts';
export {
  defaultHealthSettings,
  type HealthLevels,
  type HealthSettings,
} from './health/settings.ts';
export { trendOf } from './health/trend.ts';
export type { WorkFigures } from './health/work-book.ts';
export type { Incident, IncidentFacts } from './incidents/incident.ts';
export { IncidentBook } from './incidents/incident-book.ts';
export type { RejectionReason } from './intake.ts';
export {
  type AgentInfo,
  cumulative,
  delta,
  gauge,
  Observation,
  type ObservationSink,
  type Signal,
  signalOf,
  signals,
  type Temporality,
} from './observation.ts';
export { defaultFleetSettings, type FleetSettings, type LivenessOverride } from './settings.ts';
export type { Gap } from './silences.ts';
export { type BlockImage, imageVersion } from './snapshot.ts';
export type { Transition, TransitionReason } from './transition.ts';
export { decodeUtf8, encodeUtf8 } from './utf8.ts';
export type {
  AgentView,
  Availability,
  ExhaustionView,
  FleetView,
  SessionCounts,
  ViewParts,
} from './view.ts';
