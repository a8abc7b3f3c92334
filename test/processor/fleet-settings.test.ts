import { describe, expect, it } from 'vitest';
import { defaultFleetSettings, defaultSessionSettings } from '../../src/core/index.ts';
import { loadConfig } from '../../src/processor/config/index.ts';
import { fleetSettingsOf, sessionSettingsOf } from '../../src/processor/fleet-settings.ts';

const settingsOf = (text: string) => fleetSettingsOf(loadConfig({ text, env: {} }).config);

describe('fleetSettingsOf', () => {
  it("is the core's defaults where nothing is configured", () => {
    const { hashSeed, ...settings } = settingsOf('');
    const { hashSeed: _, ...defaults } = defaultFleetSettings;
    expect(settings).toEqual(defaults);
    expect(Number.isInteger(hashSeed)).toBe(true);
    expect(settingsOf('').hashSeed).not.toBe(hashSeed);
  });

  it('takes every key over', () => {
    const text = `
      liveness: { late_after: 1s, offline_after: 2s, missed_beats: 4, stalled_after: 3s, forget_after: 4m }
      exhaustion: { default_recovery: { rate_limit: 1h, billing: never } }
      health:
        window: 1m
        healthy_at: 0.9
        degraded_at: 0.4
        weights: { availability: 1, success: 0, confidence: 0.2, latency: 0, resources: 0, integrations: 0.5 }
        integrations: [{ name: search, slow_above: 5s }, { name: __proto__, slow_above: 1m }]
      limits: { max_agents: 10, max_sessions: 11, max_integrations: 12 }`;
    expect(settingsOf(text)).toMatchObject({
      lateAfterMs: 1_000,
      offlineAfterMs: 2_000,
      missedBeats: 4,
      stalledAfterMs: 3_000,
      forgetAfterMs: 240_000,
      defaultRecoveryMs: { rate_limit: 3_600_000, billing: Number.POSITIVE_INFINITY },
      maxAgents: 10,
      maxSessions: 11,
      maxIntegrations: 12,
      health: {
        windowMs: 60_000,
        healthyAt: 0.9,
        degradedAt: 0.4,
        weights: {
          availability: 1,
          success: 0,
          confidence: 0.2,
          latency: 0,
          resources: 0,
          integrations: 0.5,
        },
      },
    });
    expect(Object.entries(settingsOf(text).slowIntegrationsMs)).toEqual([
      ['search', 5_000],
      ['__proto__', 60_000],
    ]);
  });

  it("puts an agent's own liveness before what holds for many", () => {
    const text = `
      liveness:
        overrides:
          - { match: { type: crawler }, offline_after: 5m }
          - { match: { session: s1 }, stalled_after: 1h }
      agents:
        - { id: plain }
        - { id: own, liveness: { offline_after: 10s } }`;
    expect(settingsOf(text).overrides).toEqual([
      { id: 'own', offlineAfterMs: 10_000 },
      { type: 'crawler', offlineAfterMs: 300_000 },
      { session: 's1', stalledAfterMs: 3_600_000 },
    ]);
  });
});

describe('sessionSettingsOf', () => {
  const sessionsOf = (text: string) => sessionSettingsOf(loadConfig({ text, env: {} }).config);

  it("is the core's defaults where nothing is configured", () => {
    expect(sessionsOf('')).toEqual({ settings: defaultSessionSettings, cacheMs: 30_000 });
  });

  it('takes every key over', () => {
    const text = `
      sessions:
        { cache: 0s, critical_failed: 0.1, failed_issues: 0.2, degraded_issues: 0.3, healthy_active: 0.4,
          warn_utilization: 0.5, warn_score: 6 }`;
    expect(sessionsOf(text)).toEqual({
      settings: {
        criticalFailed: 0.1,
        failedIssues: 0.2,
        degradedIssues: 0.3,
        healthyActive: 0.4,
        warnUtilization: 0.5,
        warnScore: 6,
      },
      cacheMs: 0,
    });
  });
});
