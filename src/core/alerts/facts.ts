import type { AgentStatus, Condition, IntegrationStatus, SessionHealth } from '@agent-vitals/contract';

/** What the rules about agents read; NaN is not known. The agent cursor of {@link AgentJudge} is one, without a copy. */
export interface AgentFacts {
  readonly status: AgentStatus;
  has(condition: Condition): boolean;
  /** Share of operations that succeeded over the health window, as far as it is a factor of the agent's health. */
  readonly successRatio: number;
  readonly confidence: number;
  readonly queueDepth: number;
  /** Over the last hour. */
  readonly recentExecutions: number;
  readonly recentFailures: number;
  /** The health score where it may be below the rule's threshold; NaN where it isn't, or is not known. */
  readonly lowScore: number;
}

/** An account or provider whose quota ran out. */
export interface AccountFacts {
  /** Agents that are exhausted on it. */
  readonly exhaustedAgents: number;
}

export interface SessionFacts {
  readonly health: SessionHealth;
  /** Members are unknown, and nobody else is there to be judged. */
  readonly isUnknown: boolean;
}

export interface IntegrationFacts {
  readonly status: IntegrationStatus;
  /** Null without requests in the health window. */
  readonly meanDurationMs: number | null;
  /** A mean above this is slow for it. */
  readonly slowAboveMs: number;
}

/** 0 to 1; null is not known. */
export interface SystemFacts {
  readonly cpuUtilization: number | null;
  readonly memoryUtilization: number | null;
}

export interface PipelineFacts {
  /** Whether a silence of the whole way in goes on. */
  readonly isSilent: boolean;
}

export interface ProcessorFacts {
  /** Whether notifications to the receiver that is the subject have failed since the last that didn't. */
  readonly isFailing: boolean;
}

/** The facts that rules of each scope read. */
export interface FactsOf {
  readonly agent: AgentFacts;
  readonly account: AccountFacts;
  readonly session: SessionFacts;
  readonly integration: IntegrationFacts;
  readonly system: SystemFacts;
  readonly pipeline: PipelineFacts;
  readonly processor: ProcessorFacts;
}
