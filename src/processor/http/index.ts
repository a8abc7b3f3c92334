export { assertBindAllowed, type ListenerKey } from './bind.ts';
export { callerOf, expressGuard } from './express-guard.ts';
export {
  type Access,
  type Decision,
  type GuardRules,
  guardIngest,
  guardRequest,
  refuseForeignOrigin,
} from './guards.ts';
export { type HostRule, hostRule } from './host-rule.ts';
export { type Problem, problem, sendProblem } from './problem.ts';
export { type Role, roleIncludes } from './role.ts';
export { type Caller, type LoadedTokens, loadTokens, Tokens } from './tokens.ts';
