import { type AgentStatus, attributes as a, metrics } from '@agent-vitals/contract';
import { bridgeMs, minuteMs, secondMs } from './duration.ts';
import type { AgentFacts } from './facts.ts';
import { joinAgent, ofAgents, series } from './promql.ts';
import type { AlertRule, Measured } from './rule.ts';

// What an agent's status and conditions alone say.

const identity = [a.agentId, a.sessionId, a.agentType];
const neverLate: readonly AgentStatus[] = ['offline', 'stopped', 'unknown'];

/** 1 where it holds; while nobody knows how the agent is, the alert stays as it is. */
function whereKnown(agent: AgentFacts, holds: boolean): Measured {
  if (agent.status === 'unknown') return undefined;
  return holds ? 1 : null;
}

const state = (status: 'offline' | 'stalled') =>
  `${series(metrics.status, { [a.agentState]: [status] })} == 1`;
const condition = (name: 'late' | 'flapping' | 'conflict') =>
  `${series(metrics.condition, { [a.agentCondition]: [name] })} == 1`;

export const agentStateRules: readonly AlertRule<'agent'>[] = [
  {
    name: 'AgentOffline',
    scope: 'agent',
    levels: [{ severity: 'critical', threshold: null }],
    comparison: '==',
    unit: 'state',
    forMs: 0,
    keepFiringForMs: bridgeMs,
    subject: a.agentId,
    labels: [...identity, a.pipelineName],
    measure: (agent) => whereKnown(agent, agent.status === 'offline'),
    promql: () =>
      ofAgents(joinAgent(`(${state('offline')})`, series(metrics.pipeline), [a.pipelineName]), [
        ...identity,
        a.pipelineName,
      ]),
    words: {
      message: 'Agent {subject} is offline',
      summary: 'Agent {subject} is offline',
      description: 'No sign of life of {subject} has come by its deadline: it is dead, hung or cut off.',
    },
    runbook: {
      meaning:
        'The lease of the agent ran out: no heartbeat, progress or finished operation until the deadline (`liveness.offline_after`, or three of its own intervals). A whole way in that falls silent is a `TelemetryGap`, not this.',
      impact: 'What the agent was to do is not done. Its operations under way are lost or hang.',
      diagnosis: [
        'The agent in the page or `GET /api/health/agent/{id}`: when it was last seen, in which state, where it runs.',
        'Its process or pod: is it there, does it use CPU, was it killed for memory?',
        'Its log around the time of the last heartbeat, and whether it can reach the OTLP endpoint.',
      ],
      mitigation: [
        'Restart the agent; its id stays the same and the alert is over with its first heartbeat.',
        'One that is gone for good: `POST /api/health/agent/{id}/forget`. One that works on at times only: let it announce its silence by a lease, or say goodbye.',
      ],
    },
  },
  {
    name: 'AgentLate',
    scope: 'agent',
    levels: [{ severity: 'info', threshold: null }],
    comparison: '==',
    unit: 'state',
    forMs: 0,
    keepFiringForMs: 0,
    subject: a.agentId,
    labels: identity,
    // Of one who is unknown nobody can say that it is late: without a time to keep firing for, Prometheus ends it, too.
    measure: (agent) => (agent.has('late') && !neverLate.includes(agent.status) ? 1 : null),
    promql: () => ofAgents(condition('late'), identity, neverLate),
    words: {
      message: 'Agent {subject} is late',
      summary: 'Agent {subject} is late',
      description: 'A heartbeat of {subject} is overdue; its deadline has not come yet.',
    },
    runbook: {
      meaning:
        'Half an interval more than the expected one has passed without a sign of life (`liveness.late_after`).',
      impact: 'None yet; if nothing comes, `AgentOffline` follows.',
      diagnosis: [
        'Single late agents: a long garbage collection or a blocked event loop.',
        'Many at once: the network or a Collector.',
      ],
      mitigation: [
        'Nothing, unless it happens again and again: then raise `liveness.late_after` or the interval it promises.',
      ],
    },
  },
  {
    name: 'AgentExhausted',
    scope: 'agent',
    levels: [{ severity: 'warning', threshold: null }],
    comparison: '==',
    unit: 'state',
    // AccountExhausted, which inhibits it, is there before it.
    forMs: 10 * secondMs,
    keepFiringForMs: bridgeMs,
    subject: a.agentId,
    labels: [...identity, a.exhaustedScope, a.exhaustedReason],
    // It knows when it is back, also while nobody hears of it.
    measure: (agent) => (agent.has('exhausted') ? 1 : null),
    promql: () =>
      ofAgents(`${series(metrics.exhaustion)} == 1`, [...identity, a.exhaustedScope, a.exhaustedReason]),
    words: {
      message: 'Agent {subject} is out of quota',
      summary: 'Agent {subject} is out of quota',
      description: "{subject} has run into its provider's limit and waits for the time of recovery.",
    },
    runbook: {
      meaning:
        'The agent reports that its rate limit is reached or its account has no credit left. When it is expected back is in the page and in `vitals_agent_recovery_timestamp_seconds`; a source of `default` is a guess.',
      impact: 'It does nothing until then.',
      diagnosis: [
        'Reason and scope of the exhaustion; other agents on the same scope make an `AccountExhausted`.',
      ],
      mitigation: [
        '`billing`: top up the account.',
        '`rate_limit`: wait, spread the work over more accounts, or ask for a higher limit.',
      ],
    },
  },
  {
    name: 'AgentStalled',
    scope: 'agent',
    levels: [{ severity: 'warning', threshold: null }],
    comparison: '==',
    unit: 'state',
    forMs: 0,
    keepFiringForMs: bridgeMs,
    subject: a.agentId,
    labels: identity,
    measure: (agent) => whereKnown(agent, agent.status === 'stalled'),
    promql: () => ofAgents(state('stalled'), identity),
    words: {
      message: 'Agent {subject} is stalled',
      summary: 'Agent {subject} is stalled',
      description: '{subject} is at work and beats, but has made no progress for longer than its limit.',
    },
    runbook: {
      meaning:
        "Busy or on call, with heartbeats, but neither progress nor an operation's start or end for `liveness.stalled_after`.",
      impact:
        'The process is up and the agent hangs in it: a prompt without an answer, a lock, an endless loop.',
      diagnosis: [
        'The current operation and thread of the agent.',
        'A stack of the process; the integrations that it waits for.',
      ],
      mitigation: [
        'Cancel the operation or restart the agent.',
        'Where single steps take that long by nature: report progress within them, or raise `liveness.stalled_after` for its type by `liveness.overrides`.',
      ],
    },
  },
  {
    name: 'AgentFlapping',
    scope: 'agent',
    levels: [{ severity: 'warning', threshold: null }],
    comparison: '==',
    unit: 'state',
    forMs: 0,
    keepFiringForMs: bridgeMs,
    subject: a.agentId,
    labels: identity,
    measure: (agent) => whereKnown(agent, agent.has('flapping')),
    promql: () => ofAgents(condition('flapping'), identity, ['unknown']),
    words: {
      message: 'Agent {subject} is flapping',
      summary: 'Agent {subject} is flapping',
      description: '{subject} goes on- and offline, or restarts, again and again.',
    },
    runbook: {
      meaning:
        '`liveness.flap_threshold` changes or restarts within `liveness.flap_window`; over when half the window was calm.',
      impact: 'Work is begun and lost again and again.',
      diagnosis: [
        'Restarts (`vitals_agent_restarts_total`): a crash loop; its log and exit codes.',
        'No restarts: an unsteady network, or heartbeats too rare for its deadline.',
      ],
      mitigation: [
        'Fix the crash, give it more memory, or stop it until then.',
        'Mute it meanwhile: `POST /api/health/agent/{id}/mute`.',
      ],
    },
  },
  {
    name: 'AgentConflict',
    scope: 'agent',
    levels: [{ severity: 'warning', threshold: null }],
    comparison: '==',
    unit: 'state',
    // A rolling restart has two for a while, and ends within the offline limit.
    forMs: 3 * minuteMs,
    keepFiringForMs: bridgeMs,
    subject: a.agentId,
    labels: identity,
    measure: (agent) => whereKnown(agent, agent.has('conflict')),
    promql: () => ofAgents(condition('conflict'), identity, ['unknown']),
    words: {
      message: 'Two processes claim the id {subject}',
      summary: 'Two processes claim the id {subject}',
      description: 'Points of two processes arrive under the id {subject}: what is said of it is of both.',
    },
    runbook: {
      meaning:
        'Points of an earlier start arrive after those of a later one, so that two processes live under one id.',
      impact:
        'State, counters and health of the agent are a mixture; the death of one of them is not noticed.',
      diagnosis: [
        'Host, process id and location in `vitals_agent_info`.',
        'A copied configuration, a replica too many, an old process that was not ended.',
      ],
      mitigation: ['End one of them, or give each its own `vitals.agent.id`.'],
    },
  },
];
