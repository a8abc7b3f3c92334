import { describe, expect, it } from 'vitest';
import { defaultFleetSettings } from '../../src/core/index.ts';
import { loadConfig } from '../../src/processor/config/index.ts';
import { fleetSettingsOf } from '../../src/processor/fleet-settings.ts';

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
      limits: { max_agents: 10, max_sessions: 11 }`;
    expect(settingsOf(text)).toMatchObject({
      lateAfterMs: 1_000,
      offlineAfterMs: 2_000,
      missedBeats: 4,
      stalledAfterMs: 3_000,
      forgetAfterMs: 240_000,
      defaultRecoveryMs: { rate_limit: 3_600_000, billing: Number.POSITIVE_INFINITY },
      maxAgents: 10,
      maxSessions: 11,
    });
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
