import type { AgentStatus } from '@agent-vitals/contract';

/** How a status is shown: its word says it, symbol and tone only help the eye. */
export interface StatusLook {
  readonly word: string;
  readonly symbol: string;
  readonly tone: 'good' | 'quiet' | 'warning' | 'bad';
  /** Whether somebody should look at the agent: those come first. */
  readonly attention: boolean;
}

/** In the order in which the counts are shown. */
export const statusLooks: Readonly<Record<AgentStatus, StatusLook>> = {
  offline: { word: 'offline', symbol: '■', tone: 'bad', attention: true },
  error: { word: 'error', symbol: '✕', tone: 'bad', attention: true },
  stalled: { word: 'stalled', symbol: '◌', tone: 'warning', attention: true },
  exhausted: { word: 'exhausted', symbol: '∅', tone: 'warning', attention: true },
  unknown: { word: 'unknown', symbol: '?', tone: 'warning', attention: true },
  busy: { word: 'busy', symbol: '●', tone: 'good', attention: false },
  on_call: { word: 'on call', symbol: '◉', tone: 'good', attention: false },
  waiting: { word: 'waiting', symbol: '…', tone: 'good', attention: false },
  idle: { word: 'idle', symbol: '○', tone: 'good', attention: false },
  paused: { word: 'paused', symbol: '‖', tone: 'quiet', attention: false },
  stopped: { word: 'stopped', symbol: '□', tone: 'quiet', attention: false },
};

export const statuses = Object.keys(statusLooks) as AgentStatus[];
