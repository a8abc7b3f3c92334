export type { DeclaredAgent } from './declare.ts';
export { Fleet } from './fleet.ts';
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
export type { Gap } from './pipelines.ts';
export { defaultFleetSettings, type FleetSettings, type LivenessOverride } from './settings.ts';
export { type BlockImage, imageVersion } from './snapshot.ts';
export type { Transition, TransitionReason } from './transition.ts';
export { decodeUtf8, encodeUtf8 } from './utf8.ts';
export type { AgentView, Availability, ExhaustionView, FleetView } from './view.ts';
