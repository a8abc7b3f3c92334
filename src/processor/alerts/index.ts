export { AlertEngine, type AlertEngineOptions, type AlertListener, type AlertStore } from './alert-engine.ts';
export type { ReceiverState } from './group-alerts.ts';
