import type { AgentStatus, Condition } from '@agent-vitals/contract';
import { attributes as a, prometheusLabel } from '@agent-vitals/contract';
import type { FleetSettings } from '../settings.ts';
import type { FleetView } from '../view.ts';
import { holds } from './alert-book.ts';
import type { AgentFacts } from './facts.ts';
import type { AlertRule, Measured } from './rule.ts';
import { rulesOf } from './rules.ts';
import type { AlertSettings, RuleSettings } from './settings.ts';

/** What is read of the fleet. */
export type JudgedFleet = Pick<
  FleetView,
  | 'idOf'
  | 'sessionOf'
  | 'typeOf'
  | 'pipelineOf'
  | 'statusOf'
  | 'has'
  | 'confidenceOf'
  | 'queueDepthOf'
  | 'successRatioOf'
  | 'recentExecutionsOf'
  | 'recentFailuresOf'
  | 'healthOf'
  | 'exhaustionOf'
>;

const idLabel = prometheusLabel(a.agentId);
const sessionLabel = prometheusLabel(a.sessionId);
const typeLabel = prometheusLabel(a.agentType);
const pipelineLabel = prometheusLabel(a.pipelineName);
const scopeLabel = prometheusLabel(a.exhaustedScope);
const reasonLabel = prometheusLabel(a.exhaustedReason);

/**
 * Judges the alerts of one agent after the other, without an allocation for one that is fine. What holds of an agent is
 * a bit mask over {@link AgentJudge.rules}; what is open of it is best kept as the same kind of mask.
 *
 * @example
 * ```ts
 * const judge = new AgentJudge(fleet, alertSettings, fleetSettings.health);
 * const touched = judge.judge(slot, nowMs) | openMask;
 * for (const [index, rule] of judge.rules.entries()) {
 *   if ((touched & (1 << index)) === 0) continue;
 *   book.judge(rule.name, fleet.idOf(slot), judge.valueOf(index), () => judge.labelsOf(rule, slot), nowMs);
 * }
 * ```
 */
export class AgentJudge implements AgentFacts {
  /** The rules about agents; bit `1 << index` of a mask is that of the rule at the index. */
  readonly rules: readonly AlertRule<'agent'>[] = rulesOf('agent');
  readonly #fleet: JudgedFleet;
  readonly #health: FleetSettings['health'];
  /** By rule; undefined where it is disabled. */
  readonly #settings: readonly (RuleSettings | undefined)[];
  readonly #values: Measured[];
  readonly #unhealthyBelow: number;
  #slot = 0;
  #nowMs = 0;
  status: AgentStatus = 'unknown';

  /**
   * @param fleet - The fleet.
   * @param settings - How alerts are judged.
   * @param health - How health is judged.
   */
  constructor(fleet: JudgedFleet, settings: AlertSettings, health: FleetSettings['health']) {
    this.#fleet = fleet;
    this.#health = health;
    this.#settings = this.rules.map(({ name }) => {
      const rule = settings.rules.get(name);
      return rule?.enabled === true ? rule : undefined;
    });
    this.#values = this.rules.map(() => null);
    const unhealthy = settings.rules.get('AgentUnhealthy');
    this.#unhealthyBelow = unhealthy?.enabled === true ? (unhealthy.levels[0]?.threshold ?? 0) : 0;
  }

  /**
   * Judges an agent by all rules.
   *
   * @param slot - A known agent's slot.
   * @param nowMs - Now, on the fleet's time line.
   * @returns The mask of the rules whose condition holds at one severity or another.
   */
  judge(slot: number, nowMs: number): number {
    this.#slot = slot;
    this.#nowMs = nowMs;
    this.status = this.#fleet.statusOf(slot);
    if (this.has('muted') || this.has('maintenance')) {
      this.#values.fill(null);
      return 0;
    }
    let mask = 0;
    for (let index = 0; index < this.rules.length; index++) {
      const settings = this.#settings[index];
      const value = settings === undefined ? null : this.rules[index]!.measure!(this);
      this.#values[index] = value;
      if (typeof value === 'number' && holdsAtAll(value, settings!)) mask |= 1 << index;
    }
    return mask;
  }

  /** What the rule at an index measured of the agent that was judged last. */
  valueOf(index: number): Measured {
    return this.#values[index];
  }

  /** The labels that a rule gives an agent's alert, beside those that every alert has; empty ones among them. */
  labelsOf({ labels }: AlertRule<'agent'>, slot: number): Record<string, string> {
    const fleet = this.#fleet;
    const known: Record<string, string> = {
      [idLabel]: fleet.idOf(slot),
      [sessionLabel]: fleet.sessionOf(slot),
      [typeLabel]: fleet.typeOf(slot),
    };
    if (labels.includes(a.pipelineName)) known[pipelineLabel] = fleet.pipelineOf(slot);
    if (labels.includes(a.exhaustedScope)) {
      const exhaustion = fleet.exhaustionOf(slot);
      known[scopeLabel] = exhaustion?.scope ?? '';
      known[reasonLabel] = exhaustion?.reason ?? '';
    }
    return known;
  }

  has(condition: Condition): boolean {
    return this.#fleet.has(this.#slot, condition);
  }

  get confidence(): number {
    return this.#fleet.confidenceOf(this.#slot);
  }

  get queueDepth(): number {
    return this.#fleet.queueDepthOf(this.#slot);
  }

  get successRatio(): number {
    // Without a weight it is no factor, and there is no series of it for Prometheus.
    return this.#health.weights.success > 0
      ? this.#fleet.successRatioOf(this.#slot, this.#nowMs)
      : Number.NaN;
  }

  get recentExecutions(): number {
    return this.#fleet.recentExecutionsOf(this.#slot, this.#nowMs);
  }

  get recentFailures(): number {
    return this.#fleet.recentFailuresOf(this.#slot, this.#nowMs);
  }

  get lowScore(): number {
    if (this.#unhealthyBelow === 0 || this.#leastScore() >= this.#unhealthyBelow) return Number.NaN;
    return this.#fleet.healthOf(this.#slot, this.#nowMs)?.score ?? Number.NaN;
  }

  /**
   * What the score is at least, were all factors at their worst that take long to learn: of nearly everybody it shows
   * that the score need not be worked out.
   */
  #leastScore(): number {
    const { status } = this;
    if (status === 'offline' || status === 'stalled' || status === 'error' || status === 'exhausted')
      return 0;
    // Without a weight it is no factor, and its cap applies all the same.
    const success = this.#fleet.successRatioOf(this.#slot, this.#nowMs);
    // A cap applies.
    if (success < 0.5 || this.has('late')) return 0;
    const { weights } = this.#health;
    let sum = weights.availability;
    let total = weights.availability + weights.latency + weights.resources + weights.integrations;
    if (!Number.isNaN(success)) {
      sum += weights.success * success;
      total += weights.success;
    }
    const { confidence } = this;
    if (!Number.isNaN(confidence)) {
      sum += weights.confidence * Math.min(1, Math.max(0, confidence));
      total += weights.confidence;
    }
    return total > 0 ? sum / total : 0;
  }
}

function holdsAtAll(value: number, { rule, levels }: RuleSettings): boolean {
  for (const { threshold } of levels) if (holds(value, rule.comparison, threshold ?? 1)) return true;
  return false;
}
