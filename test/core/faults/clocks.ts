import type { AgentOptions } from './agent.ts';
import { Rig } from './rig.ts';
import { type FaultScenario, hour, minute, second } from './scenario.ts';

/** Ten agents whose clocks jump after five minutes; ten minutes later one dies. */
function jump(byMs: number, options: AgentOptions = {}): Rig {
  const rig = new Rig();
  const agents = rig.crowd(10, options);
  rig.pass(5 * minute);
  for (const agent of agents) agent.setClock(byMs);
  rig.pass(10 * minute);
  agents[0]!.kill();
  return rig.pass(20 * minute);
}

const expected = { 'new → idle first_seen': 10, 'idle → offline lease_expired': 1 };

/** Clocks that are wrong, or are set. */
export const clocks: readonly FaultScenario[] = [
  ...(['cumulative', 'delta'] as const).flatMap((temporality) =>
    [
      [24 * hour, 'a day ahead'],
      [-24 * hour, 'a day back'],
      [hour, 'an hour ahead'],
      [-hour, 'an hour back'],
      [61 * second, '61 s ahead'],
      [-61 * second, '61 s back'],
      [5 * second, '5 s ahead'],
    ].map(([byMs, name]) => ({
      name: `clocks of agents are set ${name}; ${temporality}`,
      play: () => jump(byMs as number, { temporality }),
      expected,
    })),
  ),
  {
    name: 'clocks of agents are off by a day from the start',
    play: () => {
      const rig = new Rig();
      for (let agent = 0; agent < 10; agent++) {
        rig.agent(`a-${agent}`, { clockAheadMs: (agent % 2 === 0 ? 24 : -24) * hour });
      }
      rig.pass(10 * minute);
      rig.agents[0]!.kill();
      return rig.pass(20 * minute);
    },
    expected,
  },
  {
    name: 'a clock is set back and forth every minute',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      for (let time = 0; time < 30; time++) {
        rig.pass(minute);
        agent.setClock(time % 2 === 0 ? -hour : hour);
      }
      return rig.pass(10 * minute);
    },
    expected: ['a new → idle @0.02 first_seen'],
  },
  {
    name: 'an agent is out for five minutes, in which its clock is set back an hour',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(305 * second);
      agent.stall(5 * minute);
      agent.setClock(-hour);
      return rig.pass(20 * minute);
    },
    expected: [
      'a new → idle @0.02 first_seen',
      'a idle → offline @420.02 lease_expired',
      'a offline → idle @605.02 heartbeat',
    ],
  },
  ...(['set back', 'set ahead'] as const).map((set) => ({
    name: `the machine of the processor boots, its wall clock ${set} an hour: nobody's beats are old news`,
    play: () => {
      const rig = new Rig();
      const agents = rig.crowd(20);
      rig.pass(5 * minute);
      rig.processor.restart(30 * second, set);
      rig.pass(10 * minute);
      agents[0]!.kill();
      return rig.pass(20 * minute);
    },
    expected: {
      'new → idle first_seen': 20,
      'idle → unknown processor_restart': 20,
      'unknown → idle heartbeat': 20,
      'idle → offline lease_expired': 1,
    },
  })),
];
