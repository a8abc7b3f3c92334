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
export type { Transition, TransitionReason } from './transition.ts';
export type { AgentView, ExhaustionView, FleetView } from './view.ts';
