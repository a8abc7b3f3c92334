import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AgentStatus, type SystemAnswer, statusPrecedence } from '@agent-vitals/contract';
import { type FleetView, memberClass } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import { type SystemUsage, usageOfHosts } from './system-usage.ts';

/** Agents, or integrations, looked at before others get their turn. */
const looksPerTurn = 4096;
/** The processor's own host is looked at this often, so that its figures are of now whenever somebody asks. */
const lookEveryMs = 10_000;

export interface SystemServiceOptions {
  readonly fleet: FleetView;
  readonly clock: Clock;
  /** Mean of the agents' scores, null while not known. */
  readonly fleetScore: () => number | null;
  /** Alerts that fire at present, by severity. */
  readonly alertCounts: () => SystemAnswer['alerts'];
  /** How busy the processor's own host is, since it was asked last. */
  readonly ownHost: () => SystemUsage;
}

/** Answers how the system fares as a whole: its machines, its agents, what they call, what is wrong. */
export class SystemService {
  readonly #options: SystemServiceOptions;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<SystemAnswer> | undefined;

  constructor(options: SystemServiceOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#options.ownHost(), lookEveryMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Answers how the system fares now; who asks while an answer is being made shares it.
   *
   * @example
   * ```ts
   * (await system.read()).source; // 'processor host'
   * ```
   */
  read(): Promise<SystemAnswer> {
    this.#underWay ??= this.#read().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #read(): Promise<SystemAnswer> {
    const { fleet, clock, ownHost, fleetScore, alertCounts } = this.#options;
    const work = await this.#sumWork();
    const healthyIntegrations = await this.#countHealthyIntegrations();
    const told = usageOfHosts(fleet.hosts(clock.now()));
    const usage = told ?? ownHost();
    const score = fleetScore();
    const statuses = statusPrecedence.map((status) => [status, fleet.countIn(status)] as const);
    return {
      cpu_usage: percent(usage.cpuUtilization),
      memory_usage: percent(usage.memoryUtilization),
      source: told === undefined ? 'processor host' : 'system metrics',
      ...work,
      total_agents: fleet.size,
      active_agents: statuses.reduce(
        (sum, [status, count]) => (memberClass(status, false) === 'active' ? sum + count : sum),
        0,
      ),
      total_integrations: fleet.integrationNames().length,
      healthy_integrations: healthyIntegrations,
      health_score: score === null ? null : Math.round(score * 10_000) / 10_000,
      alerts: alertCounts(),
      states: Object.fromEntries(statuses) as Record<AgentStatus, number>,
    };
  }

  /** What those who are there have in hand, and what waits for them; null where nobody tells. */
  async #sumWork(): Promise<Pick<SystemAnswer, 'active_operations' | 'queue_depth'>> {
    const { fleet } = this.#options;
    const sums: Pick<SystemAnswer, 'active_operations' | 'queue_depth'> = {
      active_operations: null,
      queue_depth: null,
    };
    for (let slot = 0; slot < fleet.slotLimit; slot++) {
      if (slot > 0 && slot % looksPerTurn === 0) await nextTurn();
      if (!fleet.isKnown(slot)) continue;
      const status = fleet.statusOf(slot);
      // What an agent had in hand when it went is under way no more.
      if (status === 'offline' || status === 'stopped') continue;
      sums.active_operations = plus(sums.active_operations, fleet.activeOperationsOf(slot));
      sums.queue_depth = plus(sums.queue_depth, fleet.queueDepthOf(slot));
    }
    return sums;
  }

  async #countHealthyIntegrations(): Promise<number> {
    const { fleet, clock } = this.#options;
    let healthy = 0;
    for (const [index, name] of fleet.integrationNames().entries()) {
      if (index > 0 && index % looksPerTurn === 0) await nextTurn();
      if (fleet.integration(name, clock.now())?.status === 'healthy') healthy++;
    }
    return healthy;
  }
}

/** Adds what an agent tells; NaN is not known. */
function plus(sum: number | null, value: number): number | null {
  return Number.isNaN(value) ? sum : (sum ?? 0) + value;
}

/** 0 to 100, one decimal. */
function percent(utilization: number | null): number | null {
  if (utilization === null) return null;
  return Math.round(Math.min(1, Math.max(0, utilization)) * 1000) / 10;
}
