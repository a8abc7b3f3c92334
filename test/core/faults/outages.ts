import type { FleetSettings } from '../../../src/core/index.ts';
import type { SimulatedAgent } from './agent.ts';
import type { Collector } from './network.ts';
import { Rig } from './rig.ts';
import { type FaultScenario, minute, second } from './scenario.ts';

const patient: Partial<FleetSettings> = { gapHoldMs: 15 * minute };

/** Twelve agents behind a batching, queueing Collector; after five minutes something befalls it. */
function behind(
  settings: Partial<FleetSettings>,
  befalls: (collector: Collector, rig: Rig, agents: readonly SimulatedAgent[]) => void,
  count = 12,
): Rig {
  const rig = new Rig(settings);
  const collector = rig.collector('collector', 2 * second);
  const agents = rig.crowd(count, { by: collector });
  rig.pass(5 * minute);
  befalls(collector, rig, agents);
  return rig.pass(30 * minute);
}

const cut = (collector: Collector): void => collector.cut(10 * minute);

/** It dies with its queue, and is replaced ten minutes later. */
function die(collector: Collector, rig: Rig): void {
  collector.die();
  rig.world.after(10 * minute, () => collector.revive());
}

/** It takes everything and delivers nothing for nine minutes, then dies with it. */
function hangAndDie(collector: Collector, rig: Rig): void {
  collector.cut(9 * minute);
  rig.world.after(9 * minute, () => collector.die());
  rig.world.after(10 * minute, () => collector.revive());
}

/** The ways in which an outage can end, where the agents are hardly within their offline limit. */
const ends: Readonly<Record<string, (collector: Collector, rig: Rig, outageMs: number) => void>> = {
  'comes back without its queue': (collector, rig, outageMs) => {
    collector.die();
    rig.world.after(outageMs, () => collector.revive());
  },
  'works off its queue': (collector, _rig, outageMs) => collector.cut(outageMs),
  'works off its queue slowly': (collector, _rig, outageMs) => {
    collector.drainMs = 700;
    collector.cut(outageMs);
  },
};

const survived = (count: number): Record<string, number> => ({
  'new → idle first_seen': count,
  'idle → unknown telemetry_gap': count,
  'unknown → idle heartbeat': count,
});

const heldTooShort = (count: number): Record<string, number> => ({
  'new → idle first_seen': count,
  'idle → unknown telemetry_gap': count,
  'unknown → offline lease_expired': count,
  'offline → idle heartbeat': count,
});

/** Ten minutes without the proxy before the processor. */
export const outages: readonly FaultScenario[] = [
  {
    name: 'a Collector keeps its queue for ten minutes, the hold is longer: none offline',
    play: () => behind(patient, cut),
    expected: survived(12),
  },
  {
    name: 'a Collector dies with its queue for ten minutes, the hold is longer: none offline',
    play: () => behind(patient, die),
    expected: survived(12),
  },
  {
    name: 'a Collector hangs and dies, ten minutes in all, the hold is longer: none offline',
    play: () => behind(patient, hangAndDie),
    expected: survived(12),
  },
  {
    name: 'the least that bear witness are ten',
    play: () => behind(patient, die, 10),
    expected: survived(10),
  },
  {
    name: 'a hundred behind a Collector that dies with its queue',
    play: () => behind(patient, die, 100),
    expected: survived(100),
  },
  {
    name: 'a Collector keeps its queue for ten minutes, the default hold: offline exactly when it ends',
    play: () => behind({}, cut),
    expected: heldTooShort(12),
    beyondHold: 12,
  },
  {
    name: 'a Collector dies with its queue for ten minutes, the default hold: offline exactly when it ends',
    play: () => behind({}, die),
    expected: heldTooShort(12),
    beyondHold: 12,
  },
  {
    name: 'a Collector hangs and dies, the default hold: offline exactly when it ends',
    play: () => behind({}, hangAndDie),
    expected: heldTooShort(12),
    beyondHold: 12,
  },
  {
    name: 'an agent dies during the outage: the others come back, it is offline when the hold ends',
    play: () =>
      behind(patient, (collector, rig, agents) => {
        collector.cut(10 * minute);
        rig.world.after(4 * minute, () => agents[3]!.kill());
      }),
    expected: {
      'new → idle first_seen': 12,
      'idle → unknown telemetry_gap': 12,
      'unknown → idle heartbeat': 11,
      'unknown → offline lease_expired': 1,
    },
  },
  {
    name: 'an agent was dead before the outage: it stays offline, whatever the queue brings',
    play: () =>
      behind(patient, (collector, rig, agents) => {
        agents[3]!.kill();
        rig.pass(4 * minute);
        collector.cut(10 * minute);
      }),
    expected: {
      'new → idle first_seen': 12,
      'idle → offline lease_expired': 1,
      'idle → unknown telemetry_gap': 11,
      'unknown → idle heartbeat': 11,
    },
  },
  {
    name: 'an outage of a minute is none',
    play: () => behind({}, (collector) => collector.cut(minute)),
    expected: { 'new → idle first_seen': 12 },
  },
  {
    name: 'two outages, one after the other, and a death between them',
    play: () =>
      behind({}, (collector, rig, agents) => {
        collector.cut(4 * minute);
        rig.pass(8 * minute);
        agents[0]!.kill();
        rig.pass(5 * minute);
        collector.cut(4 * minute);
      }),
    expected: {
      'new → idle first_seen': 12,
      'idle → unknown telemetry_gap': 23,
      'unknown → idle heartbeat': 23,
      'idle → offline lease_expired': 1,
    },
  },
  ...[minute, 5 * minute].map((afterMs) => ({
    name: `the processor is restarted ${afterMs / minute} min into an outage of ten, the hold is longer: none offline`,
    play: () =>
      behind(patient, (collector, rig) => {
        collector.cut(10 * minute);
        rig.pass(afterMs);
        rig.processor.restart(30 * second);
      }),
    expected:
      afterMs === minute
        ? {
            'new → idle first_seen': 12,
            'idle → unknown processor_restart': 12,
            'unknown → idle heartbeat': 12,
          }
        : survived(12),
  })),
  {
    name: 'the processor is restarted into an outage with the default hold: offline exactly when it ends',
    play: () =>
      behind({}, (collector, rig) => {
        collector.cut(10 * minute);
        rig.pass(3 * minute);
        rig.processor.restart(30 * second);
      }),
    expected: heldTooShort(12),
    beyondHold: 12,
  },
  {
    name: 'the processor and the Collector are restarted together, and the Collector takes four minutes',
    play: () =>
      behind({}, (collector, rig) => {
        collector.die();
        rig.processor.restart(10 * second);
        rig.world.after(4 * minute, () => collector.revive());
      }),
    expected: {
      'new → idle first_seen': 12,
      'idle → unknown processor_restart': 12,
      'unknown → idle heartbeat': 12,
    },
  },
  {
    name: 'agents that go on through another Collector are back at once',
    play: () => {
      const rig = new Rig();
      const [first, second_] = [rig.collector('first'), rig.collector('second')];
      let by = first;
      const toEither = { send: (made: Parameters<Collector['send']>[0]) => by.send(made) } as Collector;
      rig.crowd(12, { by: toEither });
      rig.pass(5 * minute);
      first.die();
      rig.pass(3 * minute);
      by = second_;
      return rig.pass(30 * minute);
    },
    expected: survived(12),
  },
  {
    name: 'the network of all direct senders is cut for ten minutes, the hold is longer: none offline',
    play: () => {
      const rig = new Rig(patient);
      rig.crowd(12);
      rig.pass(5 * minute);
      for (const way of rig.directWays) way.isCut = true;
      rig.pass(10 * minute);
      for (const way of rig.directWays) way.isCut = false;
      return rig.pass(30 * minute);
    },
    expected: survived(12),
  },
  {
    name: 'one direct sender is cut off while the others deliver: nobody can tell it from a death',
    play: () => {
      const rig = new Rig();
      const agents = rig.crowd(12);
      rig.pass(5 * minute);
      agents[0]!.kill();
      return rig.pass(30 * minute);
    },
    expected: { 'new → idle first_seen': 12, 'idle → offline lease_expired': 1 },
  },
  ...Object.entries(ends).flatMap(([end, befalls]) =>
    [60, 85, 95, 100, 104, 108, 110, 112, 114, 116, 118, 119, 120, 121, 124].map((seconds) => ({
      name: `an outage of ${seconds} s, after which the Collector ${end}: none offline but who died meanwhile`,
      play: () =>
        behind({}, (collector, rig, agents) => {
          befalls(collector, rig, seconds * second);
          rig.pass(seconds * 500);
          agents[7]!.kill();
        }),
      expected: 'what the verdict allows' as const,
    })),
  ),
  ...[12, 3].map((count) => ({
    name: `the processor is away for half an hour, and the queue of ${count} takes four minutes: none offline but who died`,
    play: () =>
      behind(
        {},
        (collector, rig, agents) => {
          collector.drainMs = 220;
          rig.processor.restart(30 * minute);
          rig.pass(31 * minute);
          agents[0]!.kill();
        },
        count,
      ),
    expected: {
      'new → idle first_seen': count,
      'idle → unknown processor_restart': count,
      'unknown → idle heartbeat': count - 1,
      'unknown → offline lease_expired': 1,
    },
  })),
  {
    name: 'a queue that takes longer than the hold: offline when it ends, as under a silence',
    play: () =>
      behind({}, (collector, rig) => {
        collector.drainMs = 800;
        rig.processor.restart(30 * minute);
        rig.pass(30 * minute);
      }),
    expected: {
      'new → idle first_seen': 12,
      'idle → unknown processor_restart': 12,
      'unknown → offline lease_expired': 12,
      'offline → idle heartbeat': 12,
    },
    beyondHold: 12,
  },
  {
    name: 'a restart, a request of three agents, and an outage: nobody is dead for that',
    play: () =>
      behind(patient, (collector, rig) => {
        rig.processor.restart(4 * second);
        rig.pass(7 * second);
        collector.cut(10 * minute);
      }),
    expected: 'what the verdict allows',
  },
];
