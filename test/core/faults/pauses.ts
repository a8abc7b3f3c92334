import { Rig } from './rig.ts';
import { type FaultScenario, minute, second } from './scenario.ts';

/** Event loops that stand still: an agent's, the processor's, both. */
export const pauses: readonly FaultScenario[] = [
  {
    name: "an agent's event loop stands still for 60 s: late meanwhile, never offline",
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(305 * second);
      agent.stall(60 * second);
      rig.pass(24 * second);
      rig.note('a', 'before it is late');
      rig.pass(2 * second);
      rig.note('a', 'then');
      rig.pass(35 * second);
      rig.note('a', 'afterwards');
      return rig.pass(20 * minute);
    },
    expected: ['a new → idle @0.02 first_seen', 'before it is late: ', 'then: late', 'afterwards: '],
  },
  {
    name: "all agents' event loops stand still for 60 s at once",
    play: () => {
      const rig = new Rig();
      const agents = rig.crowd(50, { by: rig.collector() });
      rig.pass(5 * minute);
      for (const agent of agents) agent.stall(60 * second);
      return rig.pass(20 * minute);
    },
    expected: { 'new → idle first_seen': 50 },
  },
  {
    name: "an agent's event loop stands still for 60 s, and then it dies",
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(305 * second);
      agent.stall(60 * second);
      rig.pass(61 * second);
      agent.kill();
      return rig.pass(20 * minute);
    },
    expected: ['a new → idle @0.02 first_seen', 'a idle → offline @485.02 lease_expired'],
  },
  {
    name: "an agent's event loop stands still for five minutes: offline, and back",
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(305 * second);
      agent.stall(5 * minute);
      return rig.pass(20 * minute);
    },
    expected: [
      'a new → idle @0.02 first_seen',
      'a idle → offline @420.02 lease_expired',
      'a offline → idle @605.02 heartbeat',
    ],
  },
  {
    name: "the processor's own event loop stands still for 60 s: nobody is blamed",
    play: () => {
      const rig = new Rig();
      rig.crowd(20);
      rig.pass(5 * minute);
      rig.processor.pause(60 * second);
      return rig.pass(20 * minute);
    },
    expected: { 'new → idle first_seen': 20 },
  },
  {
    name: "the processor's own event loop stands still for 60 s, an agent has died before: later by the pause",
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(305 * second);
      agent.kill();
      rig.pass(20 * second);
      rig.processor.pause(60 * second);
      return rig.pass(20 * minute);
    },
    // The last look was 25 ms before: the processor was away from 324.9 s, for 60.1 s.
    expected: ['a new → idle @0.02 first_seen', 'a idle → offline @480.02 lease_expired'],
  },
  {
    name: "the processor's own event loop stands still for ten minutes, an agent dies meanwhile",
    play: () => {
      const rig = new Rig();
      const agents = rig.crowd(20, { by: rig.collector() });
      rig.pass(5 * minute);
      rig.processor.pause(10 * minute);
      rig.pass(5 * minute);
      agents[0]!.kill();
      return rig.pass(20 * minute);
    },
    expected: { 'new → idle first_seen': 20, 'idle → offline lease_expired': 1 },
  },
  {
    name: "the processor's own event loop stands still for 4 s: that is load, no pause",
    play: () => {
      const rig = new Rig();
      const agents = rig.crowd(20);
      rig.pass(5 * minute);
      agents[0]!.kill();
      for (let time = 0; time < 20; time++) {
        rig.processor.pause(4 * second);
        rig.pass(5 * second);
      }
      return rig.pass(20 * minute);
    },
    expected: { 'new → idle first_seen': 20, 'idle → offline lease_expired': 1 },
  },
  {
    name: 'an agent and the processor stand still for 60 s, one after the other',
    play: () => {
      const rig = new Rig();
      const agent = rig.agent('a');
      rig.pass(305 * second);
      agent.stall(60 * second);
      rig.pass(50 * second);
      rig.processor.pause(60 * second);
      return rig.pass(20 * minute);
    },
    expected: ['a new → idle @0.02 first_seen'],
  },
  {
    name: 'the processor stands still during an outage of the proxy: the hold is longer by that',
    play: () => {
      const rig = new Rig();
      const collector = rig.collector();
      rig.crowd(12, { by: collector });
      rig.pass(5 * minute);
      collector.cut(330 * second);
      rig.pass(3 * minute);
      rig.processor.pause(60 * second);
      return rig.pass(20 * minute);
    },
    expected: {
      'new → idle first_seen': 12,
      'idle → unknown telemetry_gap': 12,
      'unknown → idle heartbeat': 12,
    },
  },
];
