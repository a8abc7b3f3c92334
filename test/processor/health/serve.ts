import { defaultSessionSettings, type SessionSettings } from '../../../src/core/index.ts';
import type { Clock } from '../../../src/processor/clock.ts';
import { createHealth } from '../../../src/processor/health/index.ts';
import { agentInfo } from '../../support/fleet-view.ts';
import { epochMs, Scenario } from '../../support/observe.ts';

/** A fleet in sessions with the services that answer for it, told of every transition as the processor does. */
export class SessionScenario extends Scenario {
  /** Shows the scenario's time; with a step it goes on by so much at each look. */
  readonly clock: Clock & { stepMs: number } = {
    stepMs: 0,
    now: () => {
      this.nowMs += this.clock.stepMs;
      return this.nowMs;
    },
    toEpochMs: (atMs) => epochMs + atMs,
  };
  readonly failures: unknown[] = [];
  readonly health;

  constructor({
    cacheMs = 30_000,
    settings = defaultSessionSettings,
  }: {
    cacheMs?: number;
    settings?: SessionSettings;
  } = {}) {
    super();
    this.health = createHealth({
      fleet: this.fleet,
      clock: this.clock,
      sessions: { settings, cacheMs },
      maxSessions: 100,
      onFailure: (_where, error) => this.failures.push(error),
    });
    this.onTransitions = (transitions) => this.health.onTransitions(transitions);
  }

  /** Makes agents members of a session, beating and in these states. */
  join(session: string, states: Readonly<Record<string, string>>): this {
    for (const [id, state] of Object.entries(states)) {
      this.apply(id, { signal: 'seen', session });
      this.beat(id).report(id, state);
    }
    return this;
  }

  /** What an agent says of itself once: its session's name, its host. */
  inform(id: string, facts: Parameters<typeof agentInfo>[0]): this {
    return this.apply(id, { signal: 'info', info: agentInfo(facts) });
  }

  figures(
    id: string,
    figures: Partial<Record<'cpu' | 'memory' | 'threads' | 'fileDescriptors', number>>,
  ): this {
    const signals = {
      cpu: 'processCpuUtilization',
      memory: 'processMemoryUsage',
      threads: 'processThreadCount',
      fileDescriptors: 'processFileDescriptorCount',
    } as const;
    for (const [name, value] of Object.entries(figures)) {
      this.apply(id, { signal: signals[name as keyof typeof signals], value });
    }
    return this;
  }

  /** What a host has. */
  host(host: string, cpuCount: number, memoryLimitBytes: number): this {
    this.apply('', { signal: 'systemCpuLogicalCount', value: cpuCount, host });
    return this.apply('', { signal: 'systemMemoryLimit', value: memoryLimitBytes, host });
  }
}
