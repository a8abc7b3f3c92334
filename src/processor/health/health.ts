import type { SystemAnswer } from '@agent-vitals/contract';
import type { Fleet, SessionSettings, Transition } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import { agentAnswerOf } from '../out/rest/agent-answer.ts';
import { HealthSampler, type HealthSamplerOptions } from './health-sampler.ts';
import { SessionService } from './session-service.ts';
import { SessionVerdicts } from './session-verdicts.ts';
import { SystemService } from './system-service.ts';
import { ownHostReader, type SystemUsage } from './system-usage.ts';

export interface HealthOptions extends Pick<HealthSamplerOptions, 'each' | 'onRound' | 'onFailure'> {
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly sessions: { readonly settings: SessionSettings; readonly cacheMs: number };
  /** `limits.max_sessions`. */
  readonly maxSessions: number;
  /** Alerts that fire at present, by severity; none where nothing judges them. */
  readonly alertCounts?: () => SystemAnswer['alerts'];
}

const noAlerts: SystemAnswer['alerts'] = { critical: 0, warning: 0, info: 0 };

/** Health of sessions and of the system, and what it needs to be kept up. */
export interface Health {
  readonly verdicts: SessionVerdicts;
  readonly sessions: SessionService;
  readonly system: SystemService;
  readonly sampler: HealthSampler;
  /** How busy the processor's own host is. */
  readonly ownHost: () => SystemUsage;
  /** Takes every change, in order. */
  onTransitions(transitions: readonly Transition[]): void;
  start(): void;
  stop(): void;
}

/**
 * Puts together what answers for the health of sessions and of the system.
 *
 * @returns The services; nothing runs before the start.
 * @example
 * ```ts
 * const health = createHealth({ fleet, clock, sessions: sessionSettingsOf(config), maxSessions, onFailure });
 * health.start();
 * (await health.sessions.collect('night-shift', defaultSessionRequest))?.session_health;
 * ```
 */
export function createHealth(options: HealthOptions): Health {
  const { fleet, clock, sessions, onFailure } = options;
  const verdicts = new SessionVerdicts({ fleet, settings: sessions.settings, limit: options.maxSessions });
  const sampler = new HealthSampler(options);
  const sessionService = new SessionService({
    fleet,
    clock,
    verdicts,
    ...sessions,
    describe: (slot, nowMs, parts) => {
      const view = fleet.view(slot, nowMs, { work: parts.resources || parts.health, health: parts.health });
      return agentAnswerOf(view, clock.toEpochMs, parts);
    },
    onFailure,
  });
  const ownHost = ownHostReader();
  const system = new SystemService({
    fleet,
    clock,
    ownHost,
    fleetScore: () => sampler.fleetScore,
    alertCounts: options.alertCounts ?? (() => noAlerts),
  });
  return {
    verdicts,
    sessions: sessionService,
    system,
    sampler,
    ownHost,
    onTransitions: (transitions) => {
      verdicts.onTransitions(transitions);
      sessionService.onTransitions(transitions);
    },
    start: () => {
      sampler.start();
      system.start();
    },
    stop: () => {
      system.stop();
      sampler.stop();
    },
  };
}
