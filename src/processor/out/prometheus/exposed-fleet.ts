import type { FleetView } from '../../../core/index.ts';

/** What an exposition reads of the fleet. */
export type ExposedFleet = Pick<
  FleetView,
  | 'size'
  | 'slotLimit'
  | 'isKnown'
  | 'statusOf'
  | 'pipelineOf'
  | 'countIn'
  | 'has'
  | 'everHad'
  | 'transitionsTo'
  | 'exhaustionOf'
  | 'availabilityOf'
  | 'queueDepthOf'
  | 'activeOperationsOf'
  | 'view'
  | 'sessionLimit'
  | 'sessionAt'
  | 'integrationNames'
  | 'integration'
  | 'hosts'
  | 'gaps'
>;
