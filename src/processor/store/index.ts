export type { AlertRow } from './database/alert-table.ts';
export type { AuditEntry, AuditQuery } from './database/audit-table.ts';
export type { IncidentQuery, IncidentRow } from './database/incident-table.ts';
export type { NotificationChange, NotificationRows } from './database/notification-table.ts';
export type { Page } from './database/page.ts';
export {
  type HistoryKind,
  historyKinds,
  type KeptRollup,
  type Resolution,
  type Rollup,
  type RollupQuery,
  resolutionMs,
  stateColumns,
  type Told,
  type ToldOf,
} from './database/rollup-table.ts';
export type { StoredTransition, TransitionQuery } from './database/transition-table.ts';
export { StoreError, type StoreFault } from './store-error.ts';
export {
  type StartedStore,
  type StoreFigures,
  type StoreOptions,
  StoreService,
} from './store-service.ts';
