import {
  type AgentStatus,
  type AvailabilityKind,
  type ReportedState,
  reportedStates,
  statusPrecedence,
} from '@agent-vitals/contract';
import { type AgentBlock, flag, none } from './block.ts';

/** Statuses as columns hold them: their place in the order of precedence. */
export const statusIndex = Object.fromEntries(
  statusPrecedence.map((status, index) => [status, index]),
) as Readonly<Record<AgentStatus, number>>;

/** Reported states as columns hold them. */
export const reportedIndex = Object.fromEntries(
  reportedStates.map((state, index) => [state, index]),
) as Readonly<Record<ReportedState, number>>;

/**
 * What the agent reports, as the processor takes it: idle where it said nothing, or where it is exhausted still
 * though its recovery time has come.
 */
export function reportedStateOf(block: AgentBlock, row: number): ReportedState {
  const index = block.reported[row]!;
  if (index === none) return 'idle';
  if (index === reportedIndex.exhausted && block.has(row, flag.recovered)) return 'idle';
  return reportedStates[index]!;
}

/** Whether the agent is at work, so that it ought to advance. */
export function isWorking(state: ReportedState): boolean {
  return state === 'busy' || state === 'on_call';
}

/**
 * The one status that holds, by precedence:
 * `stopped > offline > unknown > exhausted > paused > error > stalled > on_call > busy > waiting > idle`.
 */
export function effectiveStatus(block: AgentBlock, row: number): number {
  const state = reportedStateOf(block, row);
  if (state === 'stopped') return statusIndex.stopped;
  if (block.has(row, flag.offline)) return statusIndex.offline;
  if (block.has(row, flag.unknown)) return statusIndex.unknown;
  if (state === 'exhausted' || state === 'paused' || state === 'error') return statusIndex[state];
  if (block.has(row, flag.stalled)) return statusIndex.stalled;
  return statusIndex[state];
}

/** How a status counts for availability. */
export function availabilityOf(status: number): AvailabilityKind {
  switch (statusPrecedence[status]) {
    case 'idle':
    case 'busy':
    case 'on_call':
    case 'waiting':
      return 'up';
    case 'offline':
    case 'error':
    case 'stalled':
    case 'exhausted':
      return 'down';
    default:
      return 'excluded';
  }
}
