import {
  attributes,
  type Instrument,
  type MetricKey,
  metrics,
  prometheusLabel,
  prometheusName,
  prometheusNameWithoutSuffixes,
} from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';

/** Written out by hand: a name that changes here breaks every dashboard and rule that a user has. */
const names: Record<MetricKey, string> = {
  heartbeats: 'vitals_agent_heartbeats_total',
  heartbeatInterval: 'vitals_agent_heartbeat_interval_seconds',
  leaseExpiry: 'vitals_agent_lease_expiry_seconds',
  reportedStatus: 'vitals_agent_reported_status',
  stateTime: 'vitals_agent_state_time_seconds_total',
  progress: 'vitals_agent_progress_total',
  operationDuration: 'vitals_agent_operation_duration_seconds',
  operationActive: 'vitals_agent_operation_active',
  confidence: 'vitals_agent_confidence_ratio',
  queueDepth: 'vitals_agent_queue_depth',
  exhaustedRecoveryTime: 'vitals_agent_exhausted_recovery_time_seconds',
  messages: 'vitals_agent_messages_total',
  info: 'vitals_agent_info',
  integrationRequestDuration: 'vitals_integration_request_duration_seconds',
  processCpuUtilization: 'process_cpu_utilization_ratio',
  processMemoryUsage: 'process_memory_usage_bytes',
  processThreadCount: 'process_thread_count',
  processFileDescriptorCount: 'process_unix_file_descriptor_count',
  eventLoopUtilization: 'nodejs_eventloop_utilization_ratio',
  systemCpuUtilization: 'system_cpu_utilization_ratio',
  systemCpuLogicalCount: 'system_cpu_logical_count',
  systemMemoryUtilization: 'system_memory_utilization_ratio',
  systemMemoryLimit: 'system_memory_limit_bytes',
  status: 'vitals_agent_status',
  condition: 'vitals_agent_condition',
  healthScore: 'vitals_agent_health_score_ratio',
  healthFactor: 'vitals_agent_health_factor_ratio',
  heartbeatLastTimestamp: 'vitals_agent_heartbeat_last_timestamp_seconds',
  heartbeatMissed: 'vitals_agent_heartbeat_missed',
  clockSkew: 'vitals_agent_clock_skew_seconds',
  transitions: 'vitals_agent_transitions_total',
  restarts: 'vitals_agent_restarts_total',
  availabilityTime: 'vitals_agent_availability_time_seconds_total',
  operations: 'vitals_agent_operations_total',
  operationErrorRatio: 'vitals_agent_operation_error_ratio',
  operationMeanDuration: 'vitals_agent_operation_mean_duration_seconds',
  operationRecentFailures: 'vitals_agent_operation_recent_failures',
  operationRecentExecutions: 'vitals_agent_operation_recent_executions',
  exhaustion: 'vitals_agent_exhaustion',
  pipeline: 'vitals_agent_pipeline',
  recoveryTimestamp: 'vitals_agent_recovery_timestamp_seconds',
  agentCpuUtilization: 'vitals_agent_cpu_utilization_ratio',
  agentMemoryUsage: 'vitals_agent_memory_usage_bytes',
  sessionHealthStatus: 'vitals_session_health_status',
  sessionHealthScore: 'vitals_session_health_score_ratio',
  sessionAgents: 'vitals_session_agents',
  fleetAgents: 'vitals_fleet_agents',
  fleetHealthScore: 'vitals_fleet_health_score_ratio',
  integrationStatus: 'vitals_integration_status',
  integrationErrorRatio: 'vitals_integration_error_ratio',
  integrationMeanDuration: 'vitals_integration_mean_duration_seconds',
  integrationDegradedThreshold: 'vitals_integration_degraded_threshold_seconds',
  exhaustedAgents: 'vitals_exhausted_agents',
  pipelineGap: 'vitals_pipeline_gap',
  systemCpu: 'vitals_system_cpu_utilization_ratio',
  systemMemory: 'vitals_system_memory_utilization_ratio',
  systemQueueDepth: 'vitals_system_queue_depth',
  systemActiveOperations: 'vitals_system_operation_active',
  alertActive: 'vitals_alert_active',
  processorReceived: 'vitals_processor_received_total',
  processorRejected: 'vitals_processor_rejected_total',
  processorRequestDuration: 'vitals_processor_request_duration_seconds',
  processorRequestActive: 'vitals_processor_request_active',
  processorAgents: 'vitals_processor_agents',
  processorAgentLimit: 'vitals_processor_agent_limit',
  processorSeries: 'vitals_processor_series_used',
  processorSeriesLimit: 'vitals_processor_series_limit',
  processorOmittedAgents: 'vitals_processor_series_omitted_agents',
  processorExpositionDuration: 'vitals_processor_exposition_duration_seconds',
  processorIrregularTransitions: 'vitals_processor_transition_irregular_total',
  processorTickDuration: 'vitals_processor_tick_duration_seconds',
  processorStoreLag: 'vitals_processor_store_lag_seconds',
  processorSnapshotInterval: 'vitals_processor_snapshot_interval_seconds',
  processorStoreErrors: 'vitals_processor_store_errors_total',
  processorStoreFailing: 'vitals_processor_store_failing',
  processorStoreDropped: 'vitals_processor_store_dropped_total',
  processorAlerts: 'vitals_processor_alert_open',
  processorAlertsDropped: 'vitals_processor_alert_dropped_total',
  processorNotifications: 'vitals_processor_notifications_total',
  processorNotificationWaiting: 'vitals_processor_notification_waiting',
  processorNotificationFailing: 'vitals_processor_notification_failing',
};

describe('prometheusName', () => {
  it.each(Object.keys(metrics) as MetricKey[])('translates the metric %s of the contract', (key) => {
    expect(prometheusName(metrics[key])).toBe(names[key]);
  });

  // What prometheus/otlptranslator answers, case by case (metric_name_builder_test.go and metric_namer_test.go).
  it.each<[name: string, unit: string, instrument: Instrument, expected: string]>([
    ['system.io', 'By', 'Counter', 'system_io_bytes_total'],
    ['network_transmitted_bytes_total', 'By', 'Counter', 'network_transmitted_bytes_total'],
    ['\t system.filesystem.usage       ', '  By\t', 'Gauge', 'system_filesystem_usage_bytes'],
    ['system.network.dropped', '{packets}', 'Gauge', 'system_network_dropped'],
    ['system.network.dropped', 'nonstandard:_1', 'Gauge', 'system_network_dropped_nonstandard:_1'],
    ['system.network.packets.dropped', 'packets', 'Counter', 'system_network_packets_dropped_total'],
    ['hw.fan.speed_ratio', '1', 'Gauge', 'hw_fan_speed_ratio'],
    ['ratio.of.things', '1', 'Gauge', 'of_things_ratio'],
    ['total.requests', '', 'Counter', 'requests_total'],
    ['objects', '1', 'Counter', 'objects_total'],
    ['objects', '1', 'UpDownCounter', 'objects'],
    ['broken.metric.speed', 'km/h', 'Gauge', 'broken_metric_speed_km_per_hour'],
    ['astro.light.speed_limit', 'm/s', 'Gauge', 'astro_light_speed_limit_meters_per_second'],
    ['system.network.dropped', 'non/standard:_1', 'Gauge', 'system_network_dropped_non_per_standard:_1'],
    ['broken.metric.speed', 'km/°', 'Gauge', 'broken_metric_speed_km'],
    ['broken.metric.success_ratio', '%', 'Gauge', 'broken_metric_success_ratio_percent'],
    ['test.metric.spaces', '   \t  ', 'Gauge', 'test_metric_spaces'],
    ['active_directory.ds.object.rate', '{objects}/s', 'Gauge', 'active_directory_ds_object_rate_per_second'],
    [
      'mongodbatlas.scanned_per_returned',
      '{scanned}/{returned}',
      'Gauge',
      'mongodbatlas_scanned_per_returned',
    ],
    ['requests.per.second', '1/s', 'Gauge', 'requests_per_second_per_second'],
    ['requests', '1/s', 'Counter', 'requests_per_second_total'],
    ['metric__with__underscores', 'unit__of__two', 'Gauge', 'metric_with_underscores_unit_of_two'],
    ['custom_metric', 'unit@with#special/chars', 'Gauge', 'custom_metric_unit_with_special_per_chars'],
    ['3.14 digits', '', 'Gauge', '_3_14_digits'],
    [':foo::bar', '', 'Counter', ':foo::bar_total'],
    ['metric_with_字符_foreign', '', 'Counter', 'metric_with_foreign_total'],
    ['temperature', '%*()°:C', 'Gauge', 'temperature_:C'],
    ['request_duration', 's', 'Histogram', 'request_duration_seconds'],
    ['odd', 'constructor', 'Gauge', 'odd_constructor'],
  ])('%j in %j, a %s, is %s', (name, unit, instrument, expected) => {
    expect(prometheusName({ name, unit, instrument })).toBe(expected);
  });

  it.each(['', '@#$%', '字符', '__'])('refuses %j', (name) => {
    expect(() => prometheusName({ name, unit: '', instrument: 'Gauge' })).toThrow(RangeError);
  });
});

describe('prometheusNameWithoutSuffixes', () => {
  it.each([
    ['system.io', 'system_io'],
    ['network (I/O)', 'network_I_O'],
    ['3.14 digits', '_3_14_digits'],
    ['envoy__rule_engine_zlib_buf_error', 'envoy__rule_engine_zlib_buf_error'],
    [':foo::bar', ':foo::bar'],
    ['metric_with_字符_foreign_characters', 'metric_with___foreign_characters'],
  ])('%j is %s', (name, expected) => {
    expect(prometheusNameWithoutSuffixes(name)).toBe(expected);
  });

  it('refuses a name of nothing legal', () => {
    expect(() => prometheusNameWithoutSuffixes('@#$%')).toThrow(RangeError);
  });
});

describe('prometheusLabel', () => {
  it.each([
    [attributes.agentId, 'vitals_agent_id'],
    [attributes.exhaustedScope, 'vitals_exhausted_scope'],
    ['label:with:colons', 'label_with_colons'],
    ['LabelWithCapitalLetters', 'LabelWithCapitalLetters'],
    ['label!with&special$chars)', 'label_with_special_chars_'],
    ['label_with_foreign_characters_字符', 'label_with_foreign_characters___'],
    ['🙂x', 'key_x'],
    ['123label', 'key_123label'],
    ['_one', 'key_one'],
    ['__two', '__two'],
  ])('%j is %s', (attribute, expected) => {
    expect(prometheusLabel(attribute)).toBe(expected);
  });

  it.each(['', '__', 'ようこそ'])('refuses %j', (attribute) => {
    expect(() => prometheusLabel(attribute)).toThrow(RangeError);
  });
});
