import { attributes as a, metrics } from '@agent-vitals/contract';
import { bridgeMs, minuteMs } from './duration.ts';
import { aggregated, series } from './promql.ts';
import type { AlertRule } from './rule.ts';

// The machines, the ways in, and the watchers themselves.

const twoLevels = [
  { severity: 'warning', threshold: 0.8 },
  { severity: 'critical', threshold: 0.9 },
] as const;

export const systemRules: readonly AlertRule<'system'>[] = [
  {
    name: 'SystemCpuHigh',
    scope: 'system',
    levels: twoLevels,
    comparison: '>',
    unit: 'ratio',
    forMs: 5 * minuteMs,
    keepFiringForMs: bridgeMs,
    subject: null,
    labels: [],
    measure: ({ cpuUtilization }) => cpuUtilization,
    promql: (threshold) => aggregated(`${series(metrics.systemCpu)} > ${threshold}`, []),
    words: {
      message: 'High CPU usage: {value}',
      summary: 'The CPUs of the hosts are busy',
      description: 'The hosts of the fleet use {value} of their CPUs, more than {threshold}.',
    },
    runbook: {
      meaning:
        "CPU used on the hosts that agents tell of, each by its CPUs; on the processor's own where none tells.",
      impact: 'Everything gets slower; heartbeats may come late.',
      diagnosis: ['`vitals_agent_cpu_utilization_ratio` names the agents that use most.'],
      mitigation: ['Add hosts, move agents, or hold back work.'],
    },
  },
  {
    name: 'SystemMemoryHigh',
    scope: 'system',
    levels: twoLevels,
    comparison: '>',
    unit: 'ratio',
    forMs: 5 * minuteMs,
    keepFiringForMs: bridgeMs,
    subject: null,
    labels: [],
    measure: ({ memoryUtilization }) => memoryUtilization,
    promql: (threshold) => aggregated(`${series(metrics.systemMemory)} > ${threshold}`, []),
    words: {
      message: 'High memory usage: {value}',
      summary: 'The memory of the hosts is nearly used up',
      description: 'The hosts of the fleet use {value} of their memory, more than {threshold}.',
    },
    runbook: {
      meaning: "Memory used on the hosts that agents tell of; on the processor's own where none tells.",
      impact: 'Soon processes are killed for memory.',
      diagnosis: [
        '`vitals_agent_memory_usage_bytes` names the agents that have most; does one grow without end?',
      ],
      mitigation: ['Restart what leaks, add memory, or move agents.'],
    },
  },
];

export const pipelineRules: readonly AlertRule<'pipeline'>[] = [
  {
    name: 'TelemetryGap',
    scope: 'pipeline',
    levels: [{ severity: 'critical', threshold: null }],
    comparison: '==',
    unit: 'state',
    forMs: 0,
    keepFiringForMs: bridgeMs,
    subject: a.pipelineName,
    labels: [a.pipelineName],
    measure: ({ isSilent }) => (isSilent ? 1 : null),
    promql: () => aggregated(`${series(metrics.pipelineGap)} == 1`, [a.pipelineName]),
    words: {
      message: 'No telemetry comes by {subject}',
      summary: 'No telemetry comes by {subject}',
      description: 'The way in {subject} is silent as a whole: its agents are unknown, not dead.',
    },
    runbook: {
      meaning:
        'A way in with ten live agents or more fell silent together (`liveness.gap_ratio`). It stands for the `AgentOffline` of its agents, which are not sent beside it; after `liveness.gap_hold` they are held offline. `direct` is all senders that carry one agent each.',
      impact: 'Nobody knows how these agents are.',
      diagnosis: [
        "The Collector or host that sends by this way: its process, its exporter's queue and errors.",
        'Network, firewall, and tokens or certificates that ran out (401 in the log of the sender).',
      ],
      mitigation: [
        'Bring the sender back: agents are known again with their first sign of life.',
        'Where the hosts themselves are gone, their agents are: treat it as `AgentOffline` of all.',
      ],
    },
  },
];

export const processorRules: readonly AlertRule<'processor'>[] = [
  {
    name: 'NotificationsFailing',
    scope: 'processor',
    levels: [{ severity: 'warning', threshold: null }],
    comparison: '==',
    unit: 'state',
    forMs: 5 * minuteMs,
    keepFiringForMs: bridgeMs,
    subject: a.notificationReceiver,
    labels: [a.notificationReceiver],
    measure: ({ isFailing }) => (isFailing ? 1 : null),
    promql: () =>
      aggregated(`${series(metrics.processorNotificationFailing)} == 1`, [a.notificationReceiver]),
    words: {
      message: 'Notifications to {subject} fail',
      summary: 'Notifications to {subject} fail',
      description: 'No notification has reached {subject} for minutes; they wait in the outbox.',
    },
    runbook: {
      meaning: "The processor's last deliveries to the Alertmanager or the webhook failed.",
      impact: 'Alerts of the processor reach nobody by this way.',
      diagnosis: [
        "The processor's log names the answer: unreachable, slow, 4xx (wrong address or token), 5xx.",
        '`vitals_processor_notifications_total` by outcome.',
      ],
      mitigation: [
        'Bring the receiver back or fix `alerts.alertmanager.url` or `alerts.webhook.url`: what waits is sent then.',
      ],
    },
  },
  {
    name: 'ProcessorDown',
    scope: 'processor',
    levels: [{ severity: 'critical', threshold: null }],
    comparison: '==',
    unit: 'state',
    forMs: 2 * minuteMs,
    keepFiringForMs: 0,
    subject: null,
    labels: [],
    measure: null,
    // A target that exposed the processor's metrics within six hours and is down now; or nobody exposes them. One that
    // was taken out of the configuration has no `up`, so that a move of the processor is no death.
    promql: () => {
      const agents = series(metrics.processorAgents);
      return `count(up == 0 and on (job, instance) last_over_time(${agents}[6h])) > 0\nor absent(${agents}) == 1`;
    },
    words: {
      message: 'A processor of Agent Vitals is down',
      summary: 'A processor of Agent Vitals is down',
      description: "A processor can't be scraped, or none is: nobody watches the agents.",
    },
    runbook: {
      meaning:
        "PromQL alone, as the dead don't tell: Prometheus can't scrape a processor that it scraped before, or none at all.",
      impact: 'Nobody judges the agents; no other alert of Agent Vitals fires.',
      diagnosis: [
        "Prometheus' page of targets: refused, timed out, or 401 (a token of the role `read` is needed where there are tokens)?",
        "The processor's process and log.",
      ],
      mitigation: ['Start it: what it knew is in its store, agents are `unknown` until they are heard.'],
    },
  },
  {
    name: 'Watchdog',
    scope: 'processor',
    levels: [{ severity: 'none', threshold: null }],
    comparison: '==',
    unit: 'state',
    forMs: 0,
    keepFiringForMs: 0,
    subject: null,
    labels: [],
    measure: null,
    promql: () => 'vector(1) == 1',
    words: {
      message: 'The way of alerts works',
      summary: 'The way of alerts works',
      description:
        'Fires always. A receiver that no longer hears of it knows that Prometheus, Alertmanager or the way between is broken.',
    },
    runbook: {
      meaning: 'PromQL alone. It always fires: it is a sign of life of the way that alerts take.',
      impact: 'None while it fires. Its absence means that no alert arrives.',
      diagnosis: ['Is Prometheus up, does it reach Alertmanager, does Alertmanager reach the receiver?'],
      mitigation: [
        "Send it to a dead man's switch (a service that calls when it hears nothing); repair the way.",
      ],
    },
  },
];
