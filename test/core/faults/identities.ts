import type { AgentOptions } from './agent.ts';
import { Rig } from './rig.ts';
import { type FaultScenario, hour, minute, second } from './scenario.ts';

/** An agent ends on one host after five minutes and begins on another, whose clock may differ; later it dies. */
function move(clockAheadMs: number, options: AgentOptions = {}, afterMs = 5 * second): Rig {
  const rig = new Rig();
  const before = rig.agent('a', options);
  rig.pass(305 * second);
  before.kill();
  rig.pass(afterMs);
  const after = rig.agent('a', { ...options, clockAheadMs });
  rig.pass(605 * second);
  rig.note('a', 'moved');
  after.kill();
  return rig.pass(20 * minute);
}

const moved = ['a new → idle @0.02 first_seen', 'moved: ', 'a idle → offline @1030.02 lease_expired'];

/** Processes and hosts behind an id. */
export const identities: readonly FaultScenario[] = [
  ...(['cumulative', 'delta'] as const).flatMap((temporality) =>
    [
      [0, 'with the same clock'],
      [90 * minute, 'whose clock is ahead'],
      [-90 * minute, 'whose clock is behind'],
      [-2 * minute, 'whose clock is a little behind'],
    ].map(([clockAheadMs, name]) => ({
      name: `an agent moves to a host ${name}; ${temporality}`,
      play: () => move(clockAheadMs as number, { temporality }),
      expected: moved,
    })),
  ),
  {
    name: 'an agent moves to a host whose clock is behind, after it was held offline',
    play: () => move(-90 * minute, {}, 5 * minute),
    // The second of its points shows that it keeps pace.
    expected: [
      'a new → idle @0.02 first_seen',
      'a idle → offline @420.02 lease_expired',
      'a offline → idle @615.02 heartbeat',
      'moved: ',
      'a idle → offline @1325.02 lease_expired',
    ],
  },
  {
    name: 'a process is restarted every two minutes: its counter begins anew, no more',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      for (let time = 0; time < 20; time++) {
        rig.pass(2 * minute);
        agent.restart(15 * second);
      }
      rig.pass(minute);
      rig.say(`restarts ${rig.processor.view('a').restarts}`);
      agent.kill();
      return rig.pass(20 * minute);
    },
    expected: ['a new → idle @0.02 first_seen', 'restarts 20', 'a idle → offline @2575.02 lease_expired'],
  },
  {
    name: 'a crash loop flaps, and is one condition',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(5 * minute + 5 * second);
      for (let time = 0; time < 6; time++) {
        agent.restart(2 * second);
        rig.pass(21 * second);
      }
      rig.note('a', 'in the loop');
      rig.pass(6 * minute);
      rig.note('a', 'calm');
      return rig;
    },
    expected: ['a new → idle @0.02 first_seen', 'in the loop: flapping', 'calm: '],
  },
  {
    name: 'two processes claim one id, and one of them ends',
    play: () => {
      const rig = new Rig();
      const one = rig.agent('a');
      rig.pass(5 * minute + 5 * second);
      rig.agent('a');
      rig.pass(5 * minute);
      rig.note('a', 'both');
      one.kill();
      rig.pass(minute);
      rig.note('a', 'just one, for a minute');
      rig.pass(70 * second);
      rig.note('a', 'for longer than the offline limit');
      rig.say(`restarts ${rig.processor.view('a').restarts}`);
      return rig.pass(20 * minute);
    },
    expected: [
      'a new → idle @0.02 first_seen',
      'both: conflict',
      'just one, for a minute: conflict',
      'for longer than the offline limit: ',
      'restarts 1',
    ],
  },
  {
    name: 'two processes claim one id, and both die',
    play: () => {
      const rig = new Rig();
      const one = rig.agent('a');
      rig.pass(5 * minute + 5 * second);
      const other = rig.agent('a');
      rig.pass(5 * minute);
      one.kill();
      rig.pass(3 * second);
      other.kill();
      return rig.pass(20 * minute);
    },
    expected: ['a new → idle @0.02 first_seen', 'a idle → offline @725.02 lease_expired'],
  },
  {
    name: 'two processes claim one id through a Collector, the processor is restarted meanwhile',
    play: () => {
      const rig = new Rig();
      const by = rig.collector();
      const one = rig.agent('a', { by });
      rig.pass(5 * minute + 5 * second);
      rig.agent('a', { by });
      rig.pass(5 * minute);
      rig.processor.restart(3 * minute);
      rig.pass(4 * minute);
      rig.note('a', 'both');
      rig.say(`restarts ${rig.processor.view('a').restarts}`);
      one.kill();
      return rig.pass(20 * minute);
    },
    expected: [
      'a new → idle @1.021 first_seen',
      'a idle → unknown @785 processor_restart',
      'a unknown → idle @785 heartbeat',
      'both: conflict',
      'restarts 1',
    ],
  },
  {
    name: 'a rolling update: for twenty seconds the old process and the new one live',
    play: () => {
      const rig = new Rig();
      const old = rig.agent('a');
      rig.pass(5 * minute + 5 * second);
      const fresh = rig.agent('a');
      rig.pass(20 * second);
      old.kill();
      rig.pass(3 * minute);
      rig.note('a', 'afterwards');
      rig.pass(hour);
      fresh.kill();
      return rig.pass(20 * minute);
    },
    expected: ['a new → idle @0.02 first_seen', 'afterwards: ', 'a idle → offline @4225.02 lease_expired'],
  },
];
