import { Rig } from './rig.ts';
import { type FaultScenario, minute, second } from './scenario.ts';

/** A crowd of which some die at once, after five minutes; ten minutes later it is over. */
function someDie(count: number, dying: number, by: 'direct' | 'collector', withIt = false): Rig {
  const rig = new Rig();
  const collector = by === 'collector' ? rig.collector() : undefined;
  const agents = rig.crowd(count, collector === undefined ? {} : { by: collector });
  rig.pass(5 * minute);
  for (const agent of agents.slice(0, dying)) agent.kill();
  if (withIt) collector?.die();
  return rig.pass(10 * minute);
}

const outcome = (count: number, dying: number): Record<string, number> => ({
  'new → idle first_seen': count,
  'idle → offline lease_expired': dying,
});

const throughGap = (count: number): Record<string, number> => ({
  'new → idle first_seen': count,
  'idle → unknown telemetry_gap': count,
  'unknown → offline lease_expired': count,
});

/** One agent dies, or several, or all. */
export const deaths: readonly FaultScenario[] = [
  {
    name: 'one agent dies in a fleet of one',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(305 * second);
      agent.kill();
      return rig.pass(10 * minute);
    },
    expected: ['a new → idle @0.02 first_seen', 'a idle → offline @420.02 lease_expired'],
  },
  {
    name: 'one agent dies in a fleet of one, through a Collector',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a', { by: rig.collector() });
      rig.pass(305 * second);
      agent.kill();
      return rig.pass(10 * minute);
    },
    expected: ['a new → idle @1.021 first_seen', 'a idle → offline @421.021 lease_expired'],
  },
  { name: 'one agent dies in a fleet of two', play: () => someDie(2, 1, 'direct'), expected: outcome(2, 1) },
  {
    name: 'one agent dies in a fleet of two, through a Collector',
    play: () => someDie(2, 1, 'collector'),
    expected: outcome(2, 1),
  },
  {
    name: 'one agent dies in a fleet of a hundred',
    play: () => someDie(100, 1, 'direct'),
    expected: outcome(100, 1),
  },
  {
    name: 'one agent dies in a fleet of a hundred, through one Collector',
    play: () => someDie(100, 1, 'collector'),
    expected: outcome(100, 1),
  },
  {
    name: 'forty of a hundred die at once, through one Collector',
    play: () => someDie(100, 40, 'collector'),
    expected: outcome(100, 40),
  },
  {
    name: 'all but one of a hundred die at once, through one Collector that delivers the last one',
    play: () => someDie(100, 99, 'collector'),
    expected: outcome(100, 99),
  },
  {
    name: 'nine die at once with their Collector: too few to tell a broken way in',
    play: () => someDie(9, 9, 'collector', true),
    expected: outcome(9, 9),
  },
  {
    name: 'a hundred die at once with their Collector: unknown until the hold ends',
    play: () => someDie(100, 100, 'collector', true),
    expected: throughGap(100),
  },
  {
    name: 'a hundred direct senders die at once: unknown until the hold ends',
    play: () => someDie(100, 100, 'direct'),
    expected: throughGap(100),
  },
  {
    name: 'an agent dies, and comes back ten minutes later',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(305 * second);
      agent.restart(595 * second);
      return rig.pass(20 * minute);
    },
    expected: [
      'a new → idle @0.02 first_seen',
      'a idle → offline @420.02 lease_expired',
      'a offline → idle @900.02 heartbeat',
    ],
  },
  {
    name: 'an agent dies in its sleep, and is held offline when the lease it asked for ends',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(305 * second);
      agent.sleep(60 * minute);
      rig.pass(10 * minute);
      agent.kill();
      return rig.pass(90 * minute);
    },
    expected: ['a new → idle @0.02 first_seen', 'a idle → offline @3905.02 lease_expired'],
  },
  {
    name: 'an agent says goodbye: stopped, never offline',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(305 * second);
      agent.goodbye();
      return rig.pass(50 * minute);
    },
    expected: ['a new → idle @0.02 first_seen', 'a idle → stopped @305.02 reported'],
  },
  {
    name: 'agents that export every five minutes, one of which dies',
    play: () => {
      const rig = new Rig();
      const agents = rig.crowd(20, { intervalMs: 5 * minute, promises: true });
      rig.pass(60 * minute);
      agents[0]!.kill();
      return rig.pass(60 * minute);
    },
    expected: outcome(20, 1),
  },
];
