export type { Clock } from './clock.ts';
export { HeartbeatClient, type HeartbeatClientOptions, type HeartbeatTarget } from './heartbeat-client.ts';
export { HeartbeatMonitor, type HeartbeatMonitorOptions, type HeartbeatStatus } from './heartbeat-monitor.ts';
export type { WarningLog } from './warning-log.ts';
