import { label, metric } from './names.ts';

/** A matcher's operator and value by label: `{ vitals_agent_id: '="$agent"' }`. */
export type Matchers = Readonly<Record<string, string>>;

/** One metric's selector: `selector('up', { job: '="a"' })` is `up{job="a"}`. */
export function selector(name: string, matchers: Matchers = {}): string {
  const parts = Object.entries(matchers).map(([key, match]) => `${key}${match}`);
  return parts.length === 0 ? name : `${name}{${parts.join(', ')}}`;
}

/** Matches one of several values, none of which has a character that a regular expression takes for its own. */
export function oneOf(values: readonly string[]): string {
  return `=~"${values.join('|')}"`;
}

/** The agent that the dashboard shows. */
export const theAgent: Matchers = { [label.agentId]: '="$agent"' };

/** The session that the dashboard shows, and of it the types that are chosen. */
export const theSession: Matchers = { [label.sessionId]: '="$session"' };
export const theSessionsAgents: Matchers = { ...theSession, [label.agentType]: '=~"$type"' };

/**
 * One number for which of several 0/1 series holds, so that a timeline can show it as one line: the first state is 1,
 * the second 2.
 *
 * @param states - In the order of their numbers.
 * @param by - The labels that name a line.
 */
export function numbered(
  name: string,
  matchers: Matchers,
  stateLabel: string,
  states: readonly string[],
  by: readonly string[],
): string {
  const terms = states.map(
    (state, index) => `${index + 1} * (${selector(name, { ...matchers, [stateLabel]: `="${state}"` })} == 1)`,
  );
  return `max by (${by.join(', ')}) (\n  ${terms.join('\n  or ')}\n)`;
}

/**
 * How often agents came into each status within a time.
 *
 * A counter that appears with 1, as at an agent's first transition into a status, has not increased for Prometheus: then
 * the status tells. Of its changes, those that aren't from 1 to 0 are from 0 to 1.
 */
export function transitionsWithin(range: string, matchers: Matchers): string {
  const counter = selector(metric.transitions, matchers);
  const status = selector(metric.status, matchers);
  return `increase(${counter}[${range}]) > 0\n  or (changes(${status}[${range}]) - resets(${status}[${range}]))`;
}

/**
 * Lines for at most so many: those with the greatest values at the end of the time shown. A plain `topk` over time would
 * choose anew at each step, and show everybody who was ever among the first.
 *
 * @param by - The label that names a line.
 */
export function greatest(count: number, name: string, matchers: Matchers, by: string): string {
  const series = selector(name, matchers);
  return `max by (${by}) (${series})\n  and on (${by}) topk(${count}, max by (${by}) (${series} @ end()))`;
}
