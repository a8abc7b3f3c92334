import type { AgentOptions } from './agent.ts';
import type { Weather } from './network.ts';
import { Rig } from './rig.ts';
import { type FaultScenario, minute, second } from './scenario.ts';

/** Twenty agents under a weather; after ten minutes two die, twenty minutes later it is over. */
function under(weather: Weather, options: AgentOptions = {}, seed = 1): Rig {
  const rig = new Rig({}, seed);
  const agents = rig.crowd(20, { ...options, weather });
  rig.pass(10 * minute);
  agents[0]!.kill();
  agents[1]!.kill();
  return rig.pass(20 * minute);
}

const expected = { 'new → idle first_seen': 20, 'idle → offline lease_expired': 2 };

const weathers: readonly [name: string, Weather][] = [
  ['every batch comes twice', { duplicates: 1 }],
  ['every batch comes twice, the second up to 40 s later', { duplicates: 1, jitterMs: 40 * second }],
  ['batches are up to 5 s late', { jitterMs: 5 * second }],
  ['batches are up to 40 s late and overtake each other', { jitterMs: 40 * second }],
  ['batches are late, come twice, or never', { jitterMs: 20 * second, duplicates: 0.3, losses: 0.2 }],
];

/** Batches that come twice, late, in another order, or never. */
export const deliveries: readonly FaultScenario[] = [
  ...weathers.flatMap(([name, weather]) =>
    (['cumulative', 'delta'] as const).map((temporality) => ({
      name: `${name}; ${temporality}`,
      play: () => under(weather, { temporality }),
      expected,
    })),
  ),
  {
    name: 'delta and cumulative agents mixed, through one Collector',
    play: () => {
      const rig = new Rig();
      const by = rig.collector('collector', second, { jitterMs: 3 * second, duplicates: 0.2 });
      for (let agent = 1; agent <= 20; agent++) {
        rig.agent(`a-${agent}`, { by, temporality: agent % 2 === 0 ? 'delta' : 'cumulative' });
        rig.pass(second / 2);
      }
      rig.pass(10 * minute);
      rig.agents[0]!.kill();
      rig.agents[1]!.kill();
      return rig.pass(20 * minute);
    },
    expected,
  },
  {
    name: 'an agent that goes over from delta to cumulative and back at every restart',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      for (let time = 0; time < 10; time++) {
        rig.pass(2 * minute);
        agent.restart(5 * second);
        agent.temporality = time % 2 === 0 ? 'delta' : 'cumulative';
      }
      rig.pass(5 * minute);
      agent.kill();
      return rig.pass(20 * minute);
    },
    expected: ['a new → idle @0.02 first_seen', 'a idle → offline @1615.02 lease_expired'],
  },
  {
    name: 'points without a recorded value after a death renew nothing',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(305 * second);
      agent.kill();
      for (let time = 0; time < 60; time++) {
        rig.pass(10 * second);
        agent.say({ signal: 'heartbeats', value: time, noRecordedValue: true });
      }
      return rig.pass(20 * minute);
    },
    expected: ['a new → idle @0.02 first_seen', 'a idle → offline @420.02 lease_expired'],
  },
  {
    name: 'a counter that is exported on after the heart has stopped renews nothing',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(305 * second);
      agent.kill();
      for (let time = 0; time < 60; time++) {
        rig.pass(10 * second);
        agent.say();
      }
      return rig.pass(20 * minute);
    },
    expected: ['a new → idle @0.02 first_seen', 'a idle → offline @420.02 lease_expired'],
  },
];
