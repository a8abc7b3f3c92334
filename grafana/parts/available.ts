import type { AgentStatus } from '@agent-vitals/contract';
import { label, metric } from './names.ts';
import { type Matchers, oneOf, selector } from './promql.ts';

// How states count, as availability has it: up, down, and the rest, which counts for nothing.

const up: readonly AgentStatus[] = ['idle', 'busy', 'on_call', 'waiting'];
const down: readonly AgentStatus[] = ['offline', 'error', 'stalled', 'exhausted'];

/** Of the agents that somebody expects to work now, the share that can. */
export function availableNow(counts: string, matchers: Matchers = {}): string {
  const count = (states: readonly AgentStatus[]) =>
    `sum(${selector(counts, { ...matchers, [label.agentState]: oneOf(states) })})`;
  return `${count(up)}\n  / ${count([...up, ...down])}`;
}

/** Of the time that counts, the share in which an agent was up, over the range that the dashboard shows. */
export function availableOverRange(matchers: Matchers): string {
  const seconds = (kinds: readonly string[]) =>
    `sum(increase(${selector(metric.availabilityTime, { ...matchers, [label.availabilityKind]: oneOf(kinds) })}[$__range]))`;
  return `${seconds(['up'])}\n  / ${seconds(['up', 'down'])}`;
}
