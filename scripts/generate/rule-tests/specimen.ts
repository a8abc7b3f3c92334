import { type AgentStatus, attributes as a, prometheusLabel } from '@agent-vitals/contract';
import type { AlertName } from '../../../src/core/index.ts';
import { agent, condition, inStatus, named, ofAgent, otherTarget, whileOnIn } from './subject.ts';
import type { Sequence, Series } from './timeline.ts';

/** What makes an alert fire, and what only nearly does. */
export interface Specimen {
  readonly alert: AlertName;
  /** Completes "fires when". */
  readonly when: string;
  /** The severities at which it fires then. */
  readonly severities: readonly string[];
  /** By attribute: what identifies it. */
  readonly labels: Readonly<Record<string, string>>;
  /** What is measured while it fires. */
  readonly value: number;
  readonly series: (sequence: Sequence) => Series;
  /** By what completes "doesn't fire when": series that are at the edge throughout. */
  readonly not: Readonly<Record<string, (sequence: Sequence) => Series>>;
  /** The statuses of an agent in which it says nothing of now. */
  readonly exempt?: readonly AgentStatus[];
}

const absent: readonly AgentStatus[] = ['offline', 'stopped', 'paused', 'unknown'];

/** Series of an agent that is idle, with one more. */
const idleWith = (series: (sequence: Sequence) => Series) => (sequence: Sequence) => ({
  ...inStatus('idle', sequence),
  ...series(sequence),
});

const success = (on: number, off = 1) =>
  idleWith((s) => ({ [ofAgent('healthFactor', { [a.healthFactor]: 'success' })]: s(on, off) }));
const confidence = (on: number) => idleWith((s) => ({ [ofAgent('confidence')]: s(on, 0.9) }));
const score = (on: number) => idleWith((s) => ({ [ofAgent('healthScore')]: s(on, 0.95) }));
const queue = (on: number) => idleWith((s) => ({ [ofAgent('queueDepth')]: s(on, 0) }));
const failures = (failed: number, executed: number) =>
  idleWith((s) => ({
    [ofAgent('operationRecentFailures')]: s(failed, 0),
    [ofAgent('operationRecentExecutions')]: s(executed, executed),
  }));
const exhaustion = { [a.exhaustedScope]: 'acct-1', [a.exhaustedReason]: 'billing' };
const exhausted =
  (agents: number, scope = 'acct-1') =>
  (s: Sequence) => ({
    [named('exhaustedAgents', { [a.exhaustedScope]: scope, [a.exhaustedReason]: 'billing' })]: s(agents, 0),
  });
const session =
  (...states: readonly string[]) =>
  (s: Sequence) =>
    Object.fromEntries(
      ['healthy', 'degraded', 'critical', 'failed', 'empty'].map((state) => [
        named('sessionHealthStatus', { [a.sessionId]: 'night shift', [a.sessionState]: state }),
        states.includes(state) ? s(1, 0) : s(0, state === 'healthy' ? 1 : 0),
      ]),
    );
const integration = (state: string) => (s: Sequence) =>
  Object.fromEntries(
    ['healthy', 'degraded', 'error'].map((other) => [
      named('integrationStatus', { [a.integrationName]: 'search', [a.integrationState]: other }),
      other === state ? s(1, 0) : s(0, other === 'healthy' ? 1 : 0),
    ]),
  );
const slow = (meanSeconds: number, ownSeconds: number) => (s: Sequence) => ({
  [named('integrationMeanDuration', { [a.integrationName]: 'search' })]: s(meanSeconds, 0.2),
  [named('integrationDegradedThreshold', { [a.integrationName]: 'search' })]: s(ownSeconds, ownSeconds),
});
const cpu = (used: number) => (s: Sequence) => ({ [named('systemCpu')]: s(used, 0.2) });
const memory = (used: number) => (s: Sequence) => ({ [named('systemMemory')]: s(used, 0.2) });

/** At least one for each alert that isn't about the watchers themselves. */
export const specimens: readonly Specimen[] = [
  {
    alert: 'AgentOffline',
    when: 'its deadline has passed',
    severities: ['critical'],
    labels: { ...agent, [a.pipelineName]: 'otlp/agents' },
    value: 1,
    series: (s) => whileOnIn('offline', s),
    not: {
      'it is unknown': (s) => whileOnIn('unknown', s),
      'it said goodbye': (s) => whileOnIn('stopped', s),
      'it is stalled': (s) => whileOnIn('stalled', s),
    },
  },
  {
    alert: 'AgentLate',
    when: 'a heartbeat is overdue',
    severities: ['info'],
    labels: agent,
    value: 1,
    series: idleWith((s) => condition('late', s(1, 0))),
    not: { 'it is flapping': idleWith((s) => condition('flapping', s(1, 0))) },
    exempt: ['offline', 'stopped', 'unknown'],
  },
  {
    alert: 'AgentExhausted',
    when: 'it is out of quota',
    severities: ['warning'],
    labels: { ...agent, ...exhaustion },
    value: 1,
    series: idleWith((s) => ({ [ofAgent('exhaustion', exhaustion)]: s(1, 0) })),
    not: { 'it is offline': (s) => whileOnIn('offline', s) },
  },
  {
    alert: 'AgentExhausted',
    when: 'it is out of quota under offline',
    severities: ['warning'],
    labels: { ...agent, [a.exhaustedReason]: 'rate_limit' },
    value: 1,
    series: (s) => ({
      ...inStatus('offline', s),
      [ofAgent('exhaustion', { [a.exhaustedScope]: '', [a.exhaustedReason]: 'rate_limit' })]: s(1, 0),
    }),
    not: {},
  },
  {
    alert: 'AgentStalled',
    when: 'it does not advance',
    severities: ['warning'],
    labels: agent,
    value: 1,
    series: (s) => whileOnIn('stalled', s),
    not: { 'it is offline': (s) => whileOnIn('offline', s), 'it is unknown': (s) => whileOnIn('unknown', s) },
  },
  {
    alert: 'AgentFlapping',
    when: 'it goes on- and offline',
    severities: ['warning'],
    labels: agent,
    value: 1,
    series: idleWith((s) => condition('flapping', s(1, 0))),
    not: { 'it is late': idleWith((s) => condition('late', s(1, 0))) },
    exempt: ['unknown'],
  },
  {
    alert: 'AgentConflict',
    when: 'two processes claim its id',
    severities: ['warning'],
    labels: agent,
    value: 1,
    series: idleWith((s) => condition('conflict', s(1, 0))),
    not: { 'it is flapping': idleWith((s) => condition('flapping', s(1, 0))) },
    exempt: ['unknown'],
  },
  {
    alert: 'AgentErrorRateHigh',
    when: 'more than half of its operations fail',
    severities: ['warning'],
    labels: agent,
    value: 1 - 0.25,
    series: success(0.25),
    not: {
      'exactly half of them fail': success(0.5, 0.5),
      'another factor is low': idleWith((s) => ({
        [ofAgent('healthFactor', { [a.healthFactor]: 'latency' })]: s(0.1, 1),
      })),
    },
    exempt: absent,
  },
  {
    alert: 'AgentConfidenceLow',
    when: 'it is hardly sure of its work',
    severities: ['warning'],
    labels: agent,
    value: 0.299,
    series: confidence(0.299),
    not: { 'its confidence is exactly at the threshold': confidence(0.3) },
    exempt: absent,
  },
  {
    alert: 'AgentFailuresRecent',
    when: 'it failed four times in the last hour',
    severities: ['warning'],
    labels: agent,
    value: 4,
    series: failures(4, 39),
    not: {
      'it failed three times': failures(3, 10),
      'ten times in a hundred': failures(10, 100),
    },
    exempt: absent,
  },
  {
    alert: 'AgentUnhealthy',
    when: 'its score is low',
    severities: ['warning'],
    labels: agent,
    value: 0.45,
    series: score(0.45),
    not: { 'its score is exactly at the threshold': score(0.5) },
    exempt: absent,
  },
  {
    alert: 'QueueDeep',
    when: 'more than a hundred items wait',
    severities: ['warning'],
    labels: agent,
    value: 200,
    series: queue(200),
    not: { 'exactly a hundred wait': queue(100) },
    exempt: absent,
  },
  {
    alert: 'QueueDeep',
    when: 'more than two hundred items wait',
    severities: ['warning', 'critical'],
    labels: agent,
    value: 201,
    series: queue(201),
    not: {},
    exempt: absent,
  },
  {
    alert: 'AccountExhausted',
    when: 'two agents are out of quota on one account',
    severities: ['warning'],
    labels: { [a.exhaustedScope]: 'acct-1' },
    value: 2,
    series: exhausted(2),
    not: {
      'one agent is': exhausted(1),
      'nobody knows the account': exhausted(5, ''),
      'two processors tell of one agent each': (s) => ({
        ...exhausted(1)(s),
        [named(
          'exhaustedAgents',
          { [a.exhaustedScope]: 'acct-1', [a.exhaustedReason]: 'billing' },
          otherTarget,
        )]: s(1, 0),
      }),
    },
  },
  {
    alert: 'AccountExhausted',
    when: 'one agent each is out of its rate limit and of credit',
    severities: ['warning'],
    labels: { [a.exhaustedScope]: 'acct-1' },
    value: 2,
    series: (s) => ({
      ...exhausted(1)(s),
      [named('exhaustedAgents', { [a.exhaustedScope]: 'acct-1', [a.exhaustedReason]: 'rate_limit' })]: s(
        1,
        0,
      ),
    }),
    not: {},
  },
  {
    alert: 'SessionDegraded',
    when: 'the session is degraded',
    severities: ['warning'],
    labels: { [a.sessionId]: 'night shift' },
    value: 1,
    series: session('degraded'),
    not: { 'it is critical': session('critical'), 'it is empty': session('empty') },
  },
  {
    alert: 'SessionCritical',
    when: 'the session is critical',
    severities: ['critical'],
    labels: { [a.sessionId]: 'night shift' },
    value: 1,
    series: session('critical'),
    not: { 'it is degraded': session('degraded'), 'it is empty': session('empty') },
  },
  {
    alert: 'SessionCritical',
    when: 'the session failed',
    severities: ['critical'],
    labels: { [a.sessionId]: 'night shift' },
    value: 1,
    series: session('failed'),
    not: {},
  },
  {
    alert: 'IntegrationDown',
    when: 'the integration is in error',
    severities: ['critical'],
    labels: { [a.integrationName]: 'search' },
    value: 1,
    series: integration('error'),
    not: { 'it is degraded': integration('degraded') },
  },
  {
    alert: 'IntegrationSlow',
    when: 'requests take longer than the threshold',
    severities: ['warning'],
    labels: { [a.integrationName]: 'search' },
    value: 5.25,
    series: slow(5.25, 2),
    not: {
      'they take exactly as long': slow(5, 2),
      'they are slow for it, and faster than the threshold': slow(4, 2),
      'it is slow by nature': slow(29, 30),
    },
  },
  {
    alert: 'IntegrationSlow',
    when: 'requests take longer than what is slow for it by nature',
    severities: ['warning'],
    labels: { [a.integrationName]: 'search' },
    value: 95,
    series: slow(95, 30),
    not: {},
  },
  {
    alert: 'SystemCpuHigh',
    when: 'the CPUs are busy',
    severities: ['warning'],
    labels: {},
    value: 0.9,
    series: cpu(0.9),
    not: { 'they are exactly at the threshold': cpu(0.8), 'the memory is used up': memory(0.99) },
  },
  {
    alert: 'SystemCpuHigh',
    when: 'the CPUs are nearly at their end',
    severities: ['warning', 'critical'],
    labels: {},
    value: 0.95,
    series: cpu(0.95),
    not: {},
  },
  {
    alert: 'SystemMemoryHigh',
    when: 'much of the memory is used',
    severities: ['warning'],
    labels: {},
    value: 0.9,
    series: memory(0.9),
    not: { 'it is exactly at the threshold': memory(0.8), 'the CPUs are busy': cpu(0.99) },
  },
  {
    alert: 'SystemMemoryHigh',
    when: 'nearly all of the memory is used',
    severities: ['warning', 'critical'],
    labels: {},
    value: 0.9123456,
    series: memory(0.9123456),
    not: {},
  },
  {
    alert: 'TelemetryGap',
    when: 'a way in is silent as a whole',
    severities: ['critical'],
    labels: { [a.pipelineName]: 'otlp/agents' },
    value: 1,
    series: (s) => ({ [named('pipelineGap', { [a.pipelineName]: 'otlp/agents' })]: s(1, 0) }),
    not: {
      'it delivers again': (s) => ({ [named('pipelineGap', { [a.pipelineName]: 'otlp/agents' })]: s(0, 0) }),
    },
  },
  {
    alert: 'NotificationsFailing',
    when: 'notifications fail',
    severities: ['warning'],
    labels: { [a.notificationReceiver]: 'webhook' },
    value: 1,
    series: (s) => ({
      [named('processorNotificationFailing', { [a.notificationReceiver]: 'webhook' })]: s(1, 0),
    }),
    not: {
      'they arrive': (s) => ({
        [named('processorNotificationFailing', { [a.notificationReceiver]: 'webhook' })]: s(0, 0),
      }),
    },
  },
];

/** The labels of a specimen's alerts as Prometheus names them. */
export function ownLabels({ labels }: Specimen): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([attribute, value]) => [prometheusLabel(attribute), value]),
  );
}
