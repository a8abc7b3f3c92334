import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hour, minute, second } from '../../support/observe.ts';
import { AlertRig, MemoryStore } from './rig.ts';

/** Without `keep_firing_for`, so that what is over is over at once. */
const atOnce = { AgentOffline: { keepFiringForMs: 0 } } as const;
const alertsOf = (rig: AlertRig) => rig.told().filter((line) => !line.startsWith('AgentLate'));

describe('a restart', () => {
  it('neither resolves nor fires anything, and keeps who has taken what in hand', async () => {
    const rig = new AlertRig();
    rig.beat('dead').beat('alive');
    rig.live(3 * minute, () => rig.beat('alive'));
    const [alert] = [...rig.engine.firing()];
    rig.engine.acknowledge(alert!.id, { by: 'ada', comment: 'on it', untilMs: Number.POSITIVE_INFINITY });
    const next = await rig.endAndGoOn(20 * second);
    expect(next.firing).toEqual(['AgentOffline dead']);
    next.live(10 * second);
    next.live(5 * minute, () => next.beat('alive'));
    expect(alertsOf(next)).toEqual([]);
    expect(next.engine.find(alert!.id)).toMatchObject({
      activeAtMs: alert!.activeAtMs,
      firedAtMs: alert!.firedAtMs,
      acknowledgement: { by: 'ada', comment: 'on it', untilMs: Number.POSITIVE_INFINITY },
    });
    next.live(3 * minute, () => next.beat('alive').beat('dead'));
    expect(alertsOf(next)).toEqual([expect.stringMatching(/^AgentOffline dead firing → resolved @/)]);
  });

  it('keeps what was resolved for the rest of its day', async () => {
    const rig = new AlertRig({ overrides: atOnce });
    rig.beat('a').live(3 * minute);
    rig.beat('a').live(2 * second);
    const [alert] = [...rig.engine.entries()].filter(({ name }) => name === 'AgentOffline');
    expect(alert?.state).toBe('resolved');
    const next = await rig.endAndGoOn(hour, { overrides: atOnce });
    expect(next.engine.find(alert!.id)).toEqual(alert);
    next.beat('a').live(second, () => next.beat('a'));
    next.nowMs += 23 * hour - minute;
    next.beat('a').judge();
    expect(next.engine.find(alert!.id)?.state).toBe('resolved');
    next.live(2 * minute, () => next.beat('a'));
    expect(next.engine.find(alert!.id)).toBeUndefined();
    expect(next.store.rows.has(alert!.id)).toBe(false);
  });

  it('lets what was pending go on, without the time in which nobody looked', async () => {
    const rig = new AlertRig();
    rig
      .beat('a')
      .report('a', 'exhausted')
      .live(5 * second, () => rig.beat('a'));
    const next = await rig.endAndGoOn(minute);
    next.live(4 * second, () => next.beat('a').report('a', 'exhausted'));
    expect(next.firing).toEqual([]);
    next.live(3 * second, () => next.beat('a').report('a', 'exhausted'));
    expect(next.firing).toEqual(['AgentExhausted a']);
  });

  it('resolves what a rule says that is disabled now', async () => {
    const rig = new AlertRig();
    rig.beat('a').live(3 * minute);
    const next = await rig.endAndGoOn(second, { overrides: { AgentOffline: { enabled: false } } });
    next.judge();
    expect(alertsOf(next)).toEqual([expect.stringMatching(/^AgentOffline a firing → resolved/)]);
    next.live(3 * minute);
    expect(next.firing).toEqual([]);
  });

  it('after which an agent is known no more leaves its alert until everybody could be heard', async () => {
    const rig = new AlertRig();
    rig.beat('a').live(3 * minute);
    const next = await rig.endAndGoOn(second, { images: [] });
    next.live(minute);
    expect(next.firing).toEqual(['AgentOffline a']);
    next.live(2 * minute);
    expect(next.firing).toEqual([]);
  });

  it('lets no session fire of which nobody has been heard yet', async () => {
    const rig = new AlertRig();
    for (const id of ['dead', 'one', 'two']) rig.apply(id, { signal: 'seen', session: 's' }).beat(id);
    rig.live(3 * minute, () => rig.beat('one').beat('two'));
    rig.told();
    const next = await rig.endAndGoOn(second);
    next.live(100 * second);
    expect(alertsOf(next).filter((line) => line.includes('SessionCritical'))).toEqual([]);
  });

  it('lets an incident go on with those it has, and adds those who come', async () => {
    const rig = new AlertRig();
    const exhaust = (on: AlertRig, id: string) =>
      on
        .beat(id)
        .report(id, 'exhausted')
        .epochGauge(id, 'exhaustedRecoveryTime', 3 * hour, {
          exhaustedReason: 'billing',
          exhaustedScope: 'acct',
        });
    exhaust(exhaust(rig, 'a') && rig, 'b');
    rig.live(2 * second);
    const next = await rig.endAndGoOn(minute);
    exhaust(next, 'c');
    next.live(2 * second);
    const incidents = [...next.store.incidentRows.values()].map(({ content }) => JSON.parse(content));
    expect(incidents).toMatchObject([{ members: ['a', 'b', 'c'], endedAtMs: null, startedAtMs: 0 }]);
  });
});

describe('a crash between two writes', () => {
  it('of the alert and the fleet: who was dead in the last snapshot and heard after it does not fire anew', async () => {
    const rig = new AlertRig({ overrides: atOnce });
    rig.beat('a').live(3 * minute);
    const images = rig.images();
    rig.beat('a').live(5 * second);
    expect(alertsOf(rig).at(-1)).toMatch(/AgentOffline a firing → resolved/);
    const next = await rig.endAndGoOn(2 * second, { images, overrides: atOnce });
    next.live(10 * second);
    expect(alertsOf(next)).toEqual([]);
    next.beat('a').live(3 * minute, () => next.beat('a'));
    expect(alertsOf(next)).toEqual([]);
  });

  it('of the same: who is dead all the same fires once everybody could be heard', async () => {
    const rig = new AlertRig({ overrides: atOnce });
    rig.beat('a').live(3 * minute);
    const images = rig.images();
    rig.beat('a').live(5 * second);
    const next = await rig.endAndGoOn(2 * second, { images, overrides: atOnce });
    next.live(3 * minute);
    expect(next.firing).toEqual(['AgentOffline a']);
  });

  it('of the fleet and the alert: who died before the last snapshot fires, late but once', async () => {
    const rig = new AlertRig();
    rig.beat('a').live(3 * minute);
    const next = await rig.endAndGoOn(2 * second, { store: new MemoryStore() });
    next.store.rows.clear();
    next.live(10 * second);
    expect(alertsOf(next).length).toBeLessThanOrEqual(1);
    expect(next.firing).toEqual(['AgentOffline a']);
  });

  it('of a death that only the alert knows: it goes on until the agent is heard', async () => {
    const rig = new AlertRig();
    rig.beat('a').live(minute);
    const images = rig.images();
    rig.live(2 * minute);
    const next = await rig.endAndGoOn(2 * second, { images });
    next.live(10 * second);
    expect([alertsOf(next), next.firing.includes('AgentOffline a')]).toEqual([[], true]);
    next.live(3 * minute, () => next.beat('a'));
    expect(next.firing).toEqual([]);
  });

  it('wherever it comes: each death fires once, and each healing resolves once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 100 }),
        async (crashAtS, imageAgeS, awayS) => {
          // It beats for a minute, is dead for three, and lives on.
          const isAlive = (ms: number) => ms < minute || ms >= 4 * minute;
          const live = (rig: AlertRig, untilMs: number) => {
            while (rig.nowMs < untilMs) {
              rig.live(second, () => {
                if (isAlive(rig.nowMs)) rig.beat('a');
              });
            }
          };
          const rig = new AlertRig();
          rig.beat('a');
          live(rig, Math.max(0, crashAtS - imageAgeS) * second);
          const images = rig.images();
          live(rig, crashAtS * second);
          const next = await rig.endAndGoOn(awayS * second, { images });
          live(next, 12 * minute);
          const told = [...rig.told(), ...next.told()].filter((line) => line.startsWith('AgentOffline'));
          expect(told.filter((line) => line.includes('→ firing')).length).toBeLessThanOrEqual(1);
          expect(told.filter((line) => line.includes('→ resolved'))).toHaveLength(
            told.filter((line) => line.includes('→ firing')).length,
          );
          expect(next.firing).toEqual([]);
        },
      ),
      { numRuns: 20 },
    );
  });
});

it('where the store has lost its alerts, they are written anew', () => {
  const rig = new AlertRig();
  for (let agent = 0; agent < 2_500; agent++) rig.beat(`agent-${agent}`, { pipeline: `p-${agent}` });
  rig.live(2 * minute, () => rig.beat('agent-0'));
  const kept = new Map(rig.store.rows);
  expect(kept.size).toBeGreaterThan(2_000);
  rig.store.rows.clear();
  rig.store.lost();
  // A part in each turn, as long as there is more.
  for (let written = -1; written !== rig.store.rows.size; rig.engine.step(rig.nowMs))
    written = rig.store.rows.size;
  expect(rig.store.rows.size).toBe(kept.size);
});
