export type {
  ExhaustedReason,
  RecoverySource,
  ReportedState,
} from '@agent-vitals/contract';
export { type Agent, registerAgent } from './agent.ts';
export type { Clock } from './clock.ts';
export type { ExhaustionVerdict, ResponseLike } from './exhaustion.ts';
export type { Integration } from './integration.ts';
export type { Outcome } from './measure.ts';
export type { Message, Thread } from './messages.ts';
export type { AgentOptions, ExhaustedOptions, OperationOptions, Work } from './options.ts';
export { AgentStatusError } from './status-error.ts';
