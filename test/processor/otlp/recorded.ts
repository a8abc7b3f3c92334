import { type AgentInfo, type Observation, type ObservationSink, signals } from '../../../src/core/index.ts';

/** What one observation said, as a value of its own. */
export interface Recorded {
  signal: string;
  temporality: number;
  id: string;
  introduces: boolean;
  session: string;
  type: string;
  host: string;
  pipeline: string;
  startTimeMs: number;
  timeMs: number;
  value: number;
  count: number;
  noRecordedValue: boolean;
  state: string;
  operation: string;
  integration: string;
  errorType: string;
  direction: string;
  exhaustedReason: string;
  exhaustedScope: string;
  recoverySource: string;
  reason: string;
  message: string;
  thread: string;
  info: AgentInfo | null;
}

/** An observation that says nothing but what a test adds. */
export const silent: Recorded = {
  signal: 'seen',
  temporality: 0,
  id: '',
  introduces: true,
  session: '',
  type: '',
  host: '',
  pipeline: '',
  startTimeMs: 0,
  timeMs: 0,
  value: 0,
  count: 0,
  noRecordedValue: false,
  state: '',
  operation: '',
  integration: '',
  errorType: '',
  direction: '',
  exhaustedReason: '',
  exhaustedScope: '',
  recoverySource: '',
  reason: '',
  message: '',
  thread: '',
  info: null,
};

/** Keeps what it is told, as a fleet would: at once, because the observation is used again. */
export class Recorder implements ObservationSink {
  readonly observed: Recorded[] = [];
  readonly heardFrom: string[] = [];

  observe(observation: Observation): void {
    const { signal, idBytes, idStart, idEnd, ...rest } = observation;
    const id = Buffer.from(idBytes.subarray(idStart, idEnd)).toString('utf8');
    this.observed.push({ ...rest, signal: signals[signal]!, id });
  }

  heard(pipeline: string): void {
    this.heardFrom.push(pipeline);
  }
}
