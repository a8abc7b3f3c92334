import {
  alertSeverities,
  integrationStatuses,
  sessionHealths,
  statusPrecedence,
} from '@agent-vitals/contract';
import { MappingType, type Threshold, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { integrationColors, sessionColors, severityColors, statusColors } from './colors.ts';

// How values look: words and colours for numbers, thresholds.

/** Words and colours for the numbers that `numbered` gives. */
function states<State extends string>(
  names: readonly State[],
  colors: Readonly<Record<State, string>>,
): ValueMapping[] {
  const options = Object.fromEntries(
    names.map((name, index) => [String(index + 1), { text: name, color: colors[name], index }]),
  );
  return [{ type: MappingType.ValueToText, options }];
}

export const statusValues = states(statusPrecedence, statusColors);
export const sessionValues = states(sessionHealths, sessionColors);
export const integrationValues = states(integrationStatuses, integrationColors);
export const severityValues = states(alertSeverities, severityColors);

/** Words and colours for 0 and 1. */
export function noYes(no: string, noColor: string, yes: string, yesColor: string): ValueMapping[] {
  const options = {
    '0': { text: no, color: noColor, index: 0 },
    '1': { text: yes, color: yesColor, index: 1 },
  };
  return [{ type: MappingType.ValueToText, options }];
}

/** Thresholds from the lowest up: the colour below the first value, then value and colour in turn. */
function steps(base: string, ...rest: readonly (readonly [number, string])[]): Threshold[] {
  return [{ value: null, color: base }, ...rest.map(([value, color]) => ({ value, color }))];
}

export const thresholds = {
  /** Nothing to judge by. */
  none: steps('text'),
  neutral: steps('blue'),
  /** As health.healthy_at and health.degraded_at have it by default. */
  score: steps('red', [0.5, 'yellow'], [0.8, 'green']),
  availability: steps('red', [0.9, 'yellow'], [0.99, 'green']),
  /** A share of failures: an integration is degraded above 5 %, an agent alerts above 50 %. */
  errors: steps('green', [0.05, 'yellow'], [0.5, 'red']),
  /** What should be zero. */
  anyIsBad: steps('green', [1, 'red']),
  anyIsNoted: steps('green', [1, 'yellow']),
  /** Missed heartbeats: offline is after three by default. */
  missed: steps('green', [1, 'yellow'], [3, 'red']),
  /** As the alerts have it by default: 100 and 200 items. */
  queue: steps('green', [100, 'yellow'], [200, 'red']),
  /** Of a machine or a process: alerts begin at 80 % and 90 %. */
  utilization: steps('green', [0.8, 'yellow'], [0.9, 'red']),
  /** Seconds: late after 30, offline after 120 by default. */
  silence: steps('green', [30, 'yellow'], [120, 'red']),
  /** Seconds of an operation, or of a call to something outside. */
  latency: steps('green', [2, 'yellow'], [5, 'red']),
  /** Seconds between the clocks, in either direction. */
  skew: steps('yellow', [-5, 'green'], [5, 'yellow'], [60, 'red']),
  /** Seconds of the processor's own work, which shares one thread with everything else. */
  ownWork: steps('green', [0.25, 'yellow'], [1, 'red']),
  /** Seconds that what is known is not on the disk yet. */
  lag: steps('green', [30, 'yellow'], [120, 'red']),
  scrape: steps('green', [5, 'yellow'], [10, 'red']),
} as const satisfies Record<string, Threshold[]>;

export type ThresholdsName = keyof typeof thresholds;
