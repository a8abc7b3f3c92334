import { type ReportedState, stateTransitions } from '@agent-vitals/contract';

/**
 * A state was reported that cannot follow the one the agent is in. Thrown in strict mode only.
 *
 * @example
 * ```ts
 * import { AgentStatusError, registerAgent } from '@agent-vitals/sdk';
 *
 * const agent = registerAgent({ id: 'strict-writer', strict: true, heartbeat: 'manual' });
 * try {
 *   agent.waiting(); // nobody waits who has not begun to work
 * } catch (error) {
 *   if (error instanceof AgentStatusError) console.log(error.from, error.allowed);
 * }
 * agent.stop();
 * ```
 */
export class AgentStatusError extends Error {
  override readonly name = 'AgentStatusError';
  /** The state the agent is in, and stays in. */
  readonly from: ReportedState;
  /** The state that was refused. */
  readonly to: ReportedState;
  /** The states it may be in next. */
  readonly allowed: readonly ReportedState[];

  constructor(agentId: string, from: ReportedState, to: ReportedState) {
    const allowed = stateTransitions[from];
    super(
      from === 'stopped'
        ? `Cannot report ${to} for agent "${agentId}" as it said goodbye: current state is stopped, and only start(), which reports ${allowed.join(', ')}, leads out of it`
        : `Cannot report ${to} for agent "${agentId}" as the state after ${from} must be one of ${allowed.join(', ')}: current state is ${from}`,
    );
    this.from = from;
    this.to = to;
    this.allowed = allowed;
  }
}
