import { agentStateRules } from './agent-state-rules.ts';
import { agentWorkRules } from './agent-work-rules.ts';
import type { AlertScope } from './alert.ts';
import { accountRules, integrationRules, sessionRules } from './group-rules.ts';
import type { AlertRule } from './rule.ts';
import { pipelineRules, processorRules, systemRules } from './system-rules.ts';

/** The rules of each scope. */
const byScope: { readonly [Scope in AlertScope]: readonly AlertRule<Scope>[] } = {
  agent: [...agentStateRules, ...agentWorkRules],
  account: accountRules,
  session: sessionRules,
  integration: integrationRules,
  system: systemRules,
  pipeline: pipelineRules,
  processor: processorRules,
};

/**
 * The table of alerts: what the processor judges, the rules of Prometheus, the inhibitions' labels, the runbook and the
 * keys of the configuration all come from it.
 */
export const alertRules: readonly AlertRule[] = Object.values(byScope).flat() as readonly AlertRule[];

/**
 * The rules about one kind of subject.
 *
 * @param scope - The kind.
 * @returns Its rows of the table.
 * @example
 * ```ts
 * rulesOf('session').map(({ name }) => name); // ['SessionDegraded', 'SessionCritical']
 * ```
 */
export function rulesOf<Scope extends AlertScope>(scope: Scope): readonly AlertRule<Scope>[] {
  return byScope[scope];
}
