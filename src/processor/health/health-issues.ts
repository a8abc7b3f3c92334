import type { AgentView, HealthFactorName } from '../../core/index.ts';

/** A factor below this is told of. */
const tellBelow: Readonly<Record<Exclude<HealthFactorName, 'availability'>, number>> = {
  success: 0.9,
  confidence: 0.5,
  latency: 0.5,
  resources: 0.5,
  integrations: 0.5,
};

/**
 * Says in words what is wrong with an agent.
 *
 * @param agent - Its view, with work and health.
 * @param timestamp - Writes a moment of the fleet's time line.
 * @returns A sentence each; none where all is well.
 * @example
 * ```ts
 * healthIssuesOf(fleet.view(slot, nowMs), timestamp); // ['Its heartbeat is late: 4 missed']
 * ```
 */
export function healthIssuesOf(agent: AgentView, timestamp: (ms: number) => string): string[] {
  const issues = stateIssues(agent, timestamp);
  // What an agent said before it went says nothing of now.
  return agent.status === 'offline' ? issues : issues.concat(factorIssues(agent));
}

function stateIssues(agent: AgentView, timestamp: (ms: number) => string): string[] {
  const issues: string[] = [];
  const { status, conditions, lastSeenMs } = agent;
  if (status === 'offline') {
    const since = lastSeenMs === null ? 'it never beat' : `last seen ${timestamp(lastSeenMs)}`;
    issues.push(`It is offline: ${since}`);
  }
  if (status === 'unknown') issues.push('Nothing is known of it: its telemetry does not arrive');
  if (status === 'stalled') issues.push('It is at work without progress');
  if (status === 'error')
    issues.push(`Its last operation failed${agent.errorMessage === null ? '' : `: ${agent.errorMessage}`}`);
  if (conditions.includes('exhausted')) issues.push(exhaustionIssue(agent, timestamp));
  if (conditions.includes('late'))
    issues.push(`Its heartbeat is late: ${agent.missedHeartbeats ?? 0} missed`);
  if (conditions.includes('flapping')) issues.push('It comes and goes');
  if (conditions.includes('conflict')) issues.push('Two processes claim its id');
  return issues;
}

function exhaustionIssue({ exhaustion }: AgentView, timestamp: (ms: number) => string): string {
  const why = exhaustion?.reason === 'billing' ? 'credit' : 'quota';
  const scope = exhaustion?.scope ? ` on ${exhaustion.scope}` : '';
  if (exhaustion === null || exhaustion.recoveryAtMs === null) return `It is out of ${why}${scope}`;
  const guess = exhaustion.recoverySource === 'default' ? ' (a guess)' : '';
  return `It is out of ${why}${scope} until ${timestamp(exhaustion.recoveryAtMs)}${guess}`;
}

function factorIssues({ health, work }: AgentView): string[] {
  const issues: string[] = [];
  for (const { name, value } of health?.factors ?? []) {
    if (name === 'availability' || value >= tellBelow[name]) continue;
    if (name === 'success') issues.push(`${percent(1 - value)} of its operations fail`);
    if (name === 'confidence') issues.push(`Its confidence is low: ${percent(value)}`);
    if (name === 'latency' && work.latencyRatio !== null)
      issues.push(`Its operations take ${work.latencyRatio.toFixed(1)} times as long as usual`);
    if (name === 'resources') issues.push('Its CPU, memory or event loop is nearly full');
    if (name === 'integrations') issues.push('What it calls outside fails');
  }
  return issues;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
