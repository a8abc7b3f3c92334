// The one table of all metrics: as long as there are metrics.
import { attributes as a } from './attributes.ts';

export type Instrument = 'Counter' | 'UpDownCounter' | 'Gauge' | 'Histogram';

/**
 * Who emits a metric, and of what: `agent` comes from the SDK (or any OpenTelemetry SDK); the rest from the
 * processor: of one agent, of a session, of the whole fleet, of the processor itself.
 */
export type Emitter =
  | 'agent'
  | 'processor.agent'
  | 'processor.session'
  | 'processor.fleet'
  | 'processor.self';

export interface MetricDefinition {
  readonly name: string;
  readonly instrument: Instrument;
  /** UCUM, as OpenTelemetry writes units; the empty string is no unit. */
  readonly unit: string;
  readonly description: string;
  /** Attributes beside the identity. */
  readonly attributes: readonly string[];
  readonly emitter: Emitter;
}

/** The boundaries (seconds) that `vitals.agent.operation.duration` advises: 0.01 doubling to 81.92, 300, 900. */
export const operationDurationBoundaries: readonly number[] = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 300, 900,
];

const agent = 'agent';
const perAgent = 'processor.agent';
const perSession = 'processor.session';
const fleet = 'processor.fleet';
const self = 'processor.self';

/** One row: name, instrument, unit, emitter, attributes beside the identity, description. */
function metric(
  name: string,
  instrument: Instrument,
  unit: string,
  emitter: Emitter,
  attributes: readonly string[],
  description: string,
): MetricDefinition {
  return { name, instrument, unit, emitter, attributes, description };
}

/**
 * Every metric of Agent Vitals. A name has one meaning: the SDK reports, the processor judges; no metric is named
 * like another's namespace.
 */
export const metrics = {
  // What agents report.
  heartbeats: metric(
    'vitals.agent.heartbeats',
    'Counter',
    '{heartbeat}',
    agent,
    [],
    'Heartbeats of the agent; an increase is a sign of life, arrival alone is not.',
  ),
  heartbeatInterval: metric(
    'vitals.agent.heartbeat.interval',
    'Gauge',
    's',
    agent,
    [],
    'The interval at which the agent promises to beat.',
  ),
  leaseExpiry: metric(
    'vitals.agent.lease.expiry',
    'Gauge',
    's',
    agent,
    [],
    'Until when (Unix time) the agent is silent and fine; at most 24 h ahead.',
  ),
  reportedStatus: metric(
    'vitals.agent.reported.status',
    'UpDownCounter',
    '1',
    agent,
    [a.agentState],
    'What the agent says of itself: 1 for its current state, 0 for the others.',
  ),
  stateTime: metric(
    'vitals.agent.state.time',
    'Counter',
    's',
    agent,
    [a.agentState],
    'Seconds spent in each reported state; its rate is the utilization.',
  ),
  progress: metric(
    'vitals.agent.progress',
    'Counter',
    '{step}',
    agent,
    [],
    'Steps the agent has advanced within its operations.',
  ),
  operationDuration: metric(
    'vitals.agent.operation.duration',
    'Histogram',
    's',
    agent,
    [a.operationName, a.errorType],
    'Duration of finished operations; error.type on failures only.',
  ),
  operationActive: metric(
    'vitals.agent.operation.active',
    'UpDownCounter',
    '{operation}',
    agent,
    [a.operationName],
    'Operations under way.',
  ),
  confidence: metric(
    'vitals.agent.confidence',
    'Gauge',
    '1',
    agent,
    [],
    'How sure the agent is of its work, 0 to 1.',
  ),
  queueDepth: metric(
    'vitals.agent.queue.depth',
    'Gauge',
    '{item}',
    agent,
    [],
    'Items that wait for the agent.',
  ),
  exhaustedRecoveryTime: metric(
    'vitals.agent.exhausted.recovery_time',
    'Gauge',
    's',
    agent,
    [a.exhaustedReason, a.exhaustedScope, a.recoverySource],
    'When (Unix time) the exhausted agent expects to be back.',
  ),
  messages: metric(
    'vitals.agent.messages',
    'Counter',
    '{message}',
    agent,
    [a.messageDirection],
    'Messages sent and received.',
  ),
  info: metric(
    'vitals.agent.info',
    'Gauge',
    '',
    agent,
    [
      a.genAiAgentName,
      a.genAiAgentDescription,
      a.genAiAgentVersion,
      a.agentKind,
      a.agentPeers,
      a.agentPayloadClass,
      a.agentLocation,
      a.sessionName,
      a.processPid,
      a.hostId,
    ],
    'What is known of the agent, as attributes; always 1.',
  ),
  integrationRequestDuration: metric(
    'vitals.integration.request.duration',
    'Histogram',
    's',
    agent,
    [a.integrationName, a.errorType],
    'Duration of requests to something outside; error.type on failures only.',
  ),
  processCpuUtilization: metric(
    'process.cpu.utilization',
    'Gauge',
    '1',
    agent,
    [],
    'CPU used by the process, as a share of all its CPUs.',
  ),
  processMemoryUsage: metric(
    'process.memory.usage',
    'UpDownCounter',
    'By',
    agent,
    [],
    'Physical memory in use by the process.',
  ),
  processThreadCount: metric(
    'process.thread.count',
    'UpDownCounter',
    '{thread}',
    agent,
    [],
    'Threads of the process.',
  ),
  processFileDescriptorCount: metric(
    'process.unix.file_descriptor.count',
    'UpDownCounter',
    '{file_descriptor}',
    agent,
    [],
    'Open file descriptors of the process.',
  ),
  eventLoopUtilization: metric(
    'nodejs.eventloop.utilization',
    'Gauge',
    '1',
    agent,
    [],
    'Share of time the event loop was busy.',
  ),
  systemCpuUtilization: metric(
    'system.cpu.utilization',
    'Gauge',
    '1',
    agent,
    [],
    'CPU used on the host, as a share of all its CPUs.',
  ),
  systemCpuLogicalCount: metric(
    'system.cpu.logical.count',
    'UpDownCounter',
    '{cpu}',
    agent,
    [],
    'Logical CPUs of the host.',
  ),
  systemMemoryUtilization: metric(
    'system.memory.utilization',
    'Gauge',
    '1',
    agent,
    [],
    'Share of the host memory in use.',
  ),
  systemMemoryLimit: metric('system.memory.limit', 'UpDownCounter', 'By', agent, [], 'Memory of the host.'),

  // What the processor concludes of an agent.
  status: metric(
    'vitals.agent.status',
    'UpDownCounter',
    '1',
    perAgent,
    [a.agentState],
    'The effective status: 1 for the one that holds, 0 for the others.',
  ),
  condition: metric(
    'vitals.agent.condition',
    'UpDownCounter',
    '1',
    perAgent,
    [a.agentCondition],
    'What holds beside the status; only conditions that ever held.',
  ),
  healthScore: metric(
    'vitals.agent.health.score',
    'Gauge',
    '1',
    perAgent,
    [],
    'Health from 0 to 1; no series while nothing can be said.',
  ),
  healthFactor: metric(
    'vitals.agent.health.factor',
    'Gauge',
    '1',
    perAgent,
    [a.healthFactor],
    'The factors that make the score, each from 0 to 1.',
  ),
  heartbeatLastTimestamp: metric(
    'vitals.agent.heartbeat.last_timestamp',
    'Gauge',
    's',
    perAgent,
    [],
    'When (Unix time) the agent was last seen alive.',
  ),
  heartbeatMissed: metric(
    'vitals.agent.heartbeat.missed',
    'Gauge',
    '{heartbeat}',
    perAgent,
    [],
    'Whole expected intervals since the last sign of life.',
  ),
  clockSkew: metric(
    'vitals.agent.clock.skew',
    'Gauge',
    's',
    perAgent,
    [],
    "How far the processor's clock is ahead of the agent's, the shortest delay included.",
  ),
  transitions: metric(
    'vitals.agent.transitions',
    'Counter',
    '{transition}',
    perAgent,
    [a.agentState],
    'Transitions into each status; only those seen.',
  ),
  restarts: metric(
    'vitals.agent.restarts',
    'Counter',
    '{restart}',
    perAgent,
    [],
    'Restarts of the agent, seen as counters that began anew.',
  ),
  availabilityTime: metric(
    'vitals.agent.availability.time',
    'Counter',
    's',
    perAgent,
    [a.availabilityKind],
    'Seconds up, down and excluded (paused, stopped, unknown, maintenance).',
  ),
  operations: metric(
    'vitals.agent.operations',
    'Counter',
    '{operation}',
    perAgent,
    [a.operationOutcome],
    'Finished operations by outcome.',
  ),
  operationErrorRatio: metric(
    'vitals.agent.operation.error_ratio',
    'Gauge',
    '1',
    perAgent,
    [],
    'Share of operations that failed, over the health window.',
  ),
  operationMeanDuration: metric(
    'vitals.agent.operation.mean_duration',
    'Gauge',
    's',
    perAgent,
    [],
    'Mean duration of operations, over the health window.',
  ),
  operationRecentFailures: metric(
    'vitals.agent.operation.recent_failures',
    'Gauge',
    '{operation}',
    perAgent,
    [],
    'Operations that failed in the last hour.',
  ),
  recoveryTimestamp: metric(
    'vitals.agent.recovery.timestamp',
    'Gauge',
    's',
    perAgent,
    [a.exhaustedScope, a.exhaustedReason],
    'When (Unix time) the exhausted agent is expected back.',
  ),
  agentCpuUtilization: metric(
    'vitals.agent.cpu.utilization',
    'Gauge',
    '1',
    perAgent,
    [],
    'CPU used by the agent.',
  ),
  agentMemoryUsage: metric(
    'vitals.agent.memory.usage',
    'UpDownCounter',
    'By',
    perAgent,
    [],
    'Memory in use by the agent.',
  ),

  // Sessions.
  sessionHealthStatus: metric(
    'vitals.session.health.status',
    'UpDownCounter',
    '1',
    perSession,
    [a.sessionId, a.sessionState],
    'The health of the session: 1 for the status that holds, 0 for the others.',
  ),
  sessionHealthScore: metric(
    'vitals.session.health.score',
    'Gauge',
    '1',
    perSession,
    [a.sessionId],
    'Health of the session from 0 to 1.',
  ),
  sessionAgents: metric(
    'vitals.session.agents',
    'UpDownCounter',
    '{agent}',
    perSession,
    [a.sessionId, a.agentState],
    'Agents of the session by status.',
  ),

  // The fleet.
  fleetAgents: metric(
    'vitals.fleet.agents',
    'UpDownCounter',
    '{agent}',
    fleet,
    [a.agentState],
    'Agents by status.',
  ),
  fleetHealthScore: metric(
    'vitals.fleet.health.score',
    'Gauge',
    '1',
    fleet,
    [],
    "Mean of the agents' health from 0 to 1.",
  ),
  integrationStatus: metric(
    'vitals.integration.status',
    'UpDownCounter',
    '1',
    fleet,
    [a.integrationName, a.integrationState],
    'The status of an integration: 1 for the one that holds, 0 for the others.',
  ),
  integrationErrorRatio: metric(
    'vitals.integration.error_ratio',
    'Gauge',
    '1',
    fleet,
    [a.integrationName],
    'Share of requests to the integration that failed, over the health window.',
  ),
  integrationMeanDuration: metric(
    'vitals.integration.mean_duration',
    'Gauge',
    's',
    fleet,
    [a.integrationName],
    'Mean duration of requests to the integration, over the health window.',
  ),
  exhaustedAgents: metric(
    'vitals.exhausted.agents',
    'UpDownCounter',
    '{agent}',
    fleet,
    [a.exhaustedScope, a.exhaustedReason],
    'Exhausted agents by scope and reason.',
  ),
  pipelineGap: metric(
    'vitals.pipeline.gap',
    'UpDownCounter',
    '1',
    fleet,
    [a.pipelineName],
    '1 while a way in is silent as a whole; 0 once it delivers and agents are still unknown because of it.',
  ),
  systemCpu: metric(
    'vitals.system.cpu.utilization',
    'Gauge',
    '1',
    fleet,
    [],
    "CPU used on the hosts of the fleet; on the processor's own where none tells.",
  ),
  systemMemory: metric(
    'vitals.system.memory.utilization',
    'Gauge',
    '1',
    fleet,
    [],
    "Memory used on the hosts of the fleet; on the processor's own where none tells.",
  ),
  systemQueueDepth: metric(
    'vitals.system.queue.depth',
    'Gauge',
    '{item}',
    fleet,
    [],
    'Items that wait for the agents that are there, together.',
  ),
  systemActiveOperations: metric(
    'vitals.system.operation.active',
    'UpDownCounter',
    '{operation}',
    fleet,
    [],
    'Operations that the agents that are there have under way, together.',
  ),
  alertActive: metric(
    'vitals.alert.active',
    'UpDownCounter',
    '1',
    fleet,
    [a.alertName, a.alertSeverity, a.alertSubject],
    '1 while an alert fires.',
  ),

  // The processor itself.
  processorReceived: metric(
    'vitals.processor.received',
    'Counter',
    '{data_point}',
    self,
    [],
    'Data points and log records received.',
  ),
  processorRejected: metric(
    'vitals.processor.rejected',
    'Counter',
    '{data_point}',
    self,
    [a.rejectReason],
    'Data points, log records and requests rejected, by reason.',
  ),
  processorRequestDuration: metric(
    'vitals.processor.request.duration',
    'Histogram',
    's',
    self,
    [],
    'Time to decode one request and apply what it says.',
  ),
  processorRequestActive: metric(
    'vitals.processor.request.active',
    'UpDownCounter',
    '{request}',
    self,
    [],
    'Requests whose bodies are being received or decoded.',
  ),
  processorAgents: metric('vitals.processor.agents', 'UpDownCounter', '{agent}', self, [], 'Agents known.'),
  processorAgentLimit: metric(
    'vitals.processor.agent.limit',
    'Gauge',
    '{agent}',
    self,
    [],
    'Agents that may be known (limits.max_agents).',
  ),
  processorSeries: metric(
    'vitals.processor.series.used',
    'UpDownCounter',
    '{series}',
    self,
    [],
    'Series in the last exposition.',
  ),
  processorSeriesLimit: metric(
    'vitals.processor.series.limit',
    'Gauge',
    '{series}',
    self,
    [],
    'Series an exposition may have (exposition.max_series).',
  ),
  processorOmittedAgents: metric(
    'vitals.processor.series.omitted_agents',
    'UpDownCounter',
    '{agent}',
    self,
    [],
    'Agents without series of their own in this exposition, as the limit leaves no room for them.',
  ),
  processorExpositionDuration: metric(
    'vitals.processor.exposition.duration',
    'Histogram',
    's',
    self,
    [],
    'Time to write one exposition.',
  ),
  processorIrregularTransitions: metric(
    'vitals.processor.transition.irregular',
    'Counter',
    '{transition}',
    self,
    [],
    'Reported transitions outside the state table; they are applied.',
  ),
  processorTickDuration: metric(
    'vitals.processor.tick.duration',
    'Histogram',
    's',
    self,
    [],
    'Time to look for deadlines that have passed.',
  ),
  processorStoreLag: metric(
    'vitals.processor.store.lag',
    'Gauge',
    's',
    self,
    [],
    'Age of the oldest change that is not in the store yet.',
  ),
  processorSnapshotInterval: metric(
    'vitals.processor.snapshot.interval',
    'Gauge',
    's',
    self,
    [],
    'Interval between snapshots of the fleet.',
  ),
  processorStoreErrors: metric(
    'vitals.processor.store.errors',
    'Counter',
    '{error}',
    self,
    [],
    'Writes to the store that failed.',
  ),
  processorStoreFailing: metric(
    'vitals.processor.store.failing',
    'UpDownCounter',
    '1',
    self,
    [],
    '1 while the store cannot be written; facts wait in memory.',
  ),
  processorStoreDropped: metric(
    'vitals.processor.store.dropped',
    'Counter',
    '{record}',
    self,
    [],
    'Transitions, audit entries and rollups that were dropped because the store could not take them.',
  ),
  processorNotifications: metric(
    'vitals.processor.notifications',
    'Counter',
    '{notification}',
    self,
    [a.notificationReceiver, a.notificationOutcome],
    'Notifications by receiver: sent, failed (tried again), refused (not tried again) and dropped. To Alertmanager, each alert of a request counts.',
  ),
  processorNotificationWaiting: metric(
    'vitals.processor.notification.waiting',
    'UpDownCounter',
    '{notification}',
    self,
    [a.notificationReceiver],
    'Notifications that wait to be delivered.',
  ),
  processorNotificationFailing: metric(
    'vitals.processor.notification.failing',
    'UpDownCounter',
    '1',
    self,
    [a.notificationReceiver],
    '1 while a receiver of notifications could not be reached or refused the last one.',
  ),
} as const satisfies Record<string, MetricDefinition>;

export type MetricKey = keyof typeof metrics;
