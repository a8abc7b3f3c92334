import { afterAll, describe, expect, it } from 'vitest';
import { chaos } from './faults/chaos.ts';
import { clocks } from './faults/clocks.ts';
import { deaths } from './faults/deaths.ts';
import { deliveries } from './faults/deliveries.ts';
import { identities } from './faults/identities.ts';
import { outages } from './faults/outages.ts';
import { pauses } from './faults/pauses.ts';
import { restarts } from './faults/restarts.ts';
import { tally } from './faults/rig.ts';
import type { FaultScenario } from './faults/scenario.ts';
import { judge } from './faults/verdict.ts';
import { wire } from './faults/wire.ts';

const catalogue: Readonly<Record<string, readonly FaultScenario[]>> = {
  deaths,
  'outages of the proxy': outages,
  'a restart of the processor': restarts,
  'event loops that stand still': pauses,
  clocks,
  deliveries,
  'processes and hosts': identities,
  'points on the wire': wire,
  'all of it': chaos,
};

const total = { scenarios: 0, falseOffline: 0, missedDeaths: 0, deaths: 0, misdated: 0 };

describe.each(Object.entries(catalogue))('%s', (_group, scenarios) => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    (_name, scenario) => {
      const rig = scenario.play();
      const verdict = judge(rig);
      total.scenarios++;
      total.falseOffline += verdict.falseOffline.length;
      total.missedDeaths += verdict.missedDeaths.length;
      total.misdated += verdict.misdated.length;
      total.deaths += verdict.deaths;
      const lines = rig.lines();
      const { expected } = scenario;
      if (typeof expected !== 'string')
        expect(Array.isArray(expected) ? lines : tally(lines)).toEqual(expected);
      expect(verdict).toMatchObject({
        falseOffline: [],
        missedDeaths: [],
        misdated: [],
        beyondHold: scenario.beyondHold ?? 0,
      });
    },
    60_000,
  );
});

describe('over the whole catalogue', () => {
  it('nobody is held offline falsely, no death is missed, each is dated at its deadline', () => {
    expect(total).toMatchObject({ falseOffline: 0, missedDeaths: 0, misdated: 0 });
    expect(total.scenarios).toBe(Object.values(catalogue).flat().length);
    expect(total.deaths).toBeGreaterThan(0);
  });

  afterAll(() => {
    const { scenarios, falseOffline, missedDeaths, deaths: died, misdated } = total;
    const dated = `${died - misdated} of ${died}`;
    console.info(
      `${scenarios} scenarios, false offline ${falseOffline}, missed deaths ${missedDeaths}, deaths dated at their deadline ${dated}`,
    );
  });
});
