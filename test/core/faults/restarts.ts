import { observation } from '../../support/observe.ts';
import type { SimulatedAgent } from './agent.ts';
import { Rig } from './rig.ts';
import { type FaultScenario, hour, minute, second } from './scenario.ts';

/** Where an agent is in its life when the processor is restarted, five minutes after it was first seen. */
interface Phase {
  readonly name: string;
  /** Brings it there; what it takes from the five minutes is up to it. */
  readonly prepare: (agent: SimulatedAgent, rig: Rig) => void;
  /** What was told before the restart, after first sight. */
  readonly before?: readonly string[];
  /** What is told where it lives on, and where it dies while the processor is away. */
  readonly lives: readonly string[];
  readonly dies: readonly string[];
}

const at = (ms: number, rig: Rig): void => void rig.pass(ms - rig.world.nowMs);

/** A state that the agent reports, and that a restart makes unknown. */
const live = (state: string): Phase => ({
  name: state,
  prepare: (agent) => {
    agent.state = state;
  },
  before: [`a idle → ${state} @10.02 reported`],
  lives: [`a ${state} → unknown @335 processor_restart`, `a unknown → ${state} @340.02 heartbeat`],
  dies: [`a ${state} → unknown @335 processor_restart`, 'a unknown → offline @455 lease_expired'],
});

const phases: readonly Phase[] = [
  { ...live('idle'), before: [] },
  live('busy'),
  live('on_call'),
  live('error'),
  {
    name: 'late',
    prepare: (agent, rig) => {
      at(251 * second, rig);
      agent.stall(89 * second);
    },
    lives: ['a idle → unknown @335 processor_restart', 'a unknown → idle @340.02 heartbeat'],
    dies: ['a idle → unknown @335 processor_restart', 'a unknown → offline @455 lease_expired'],
  },
  {
    name: 'a hair away from its deadline',
    prepare: (agent, rig) => {
      at(191 * second, rig);
      agent.stall(149 * second);
    },
    lives: ['a idle → unknown @335 processor_restart', 'a unknown → idle @340.02 heartbeat'],
    dies: ['a idle → unknown @335 processor_restart', 'a unknown → offline @455 lease_expired'],
  },
  {
    name: 'exhausted',
    prepare: (agent) => {
      agent.state = 'exhausted';
    },
    before: ['a idle → exhausted @10.02 reported'],
    lives: [],
    dies: ['a exhausted → offline @455 lease_expired'],
  },
  {
    name: 'paused',
    prepare: (agent) => {
      agent.state = 'paused';
    },
    before: ['a idle → paused @10.02 reported'],
    lives: [],
    // Lease, late and stall rest: nobody can tell that it died.
    dies: [],
  },
  {
    name: 'asleep by a lease',
    prepare: (agent, rig) => {
      at(245 * second, rig);
      agent.sleep(15 * minute);
    },
    lives: ['a idle → unknown @335 processor_restart', 'a unknown → idle @1135.02 heartbeat'],
    dies: ['a idle → unknown @335 processor_restart', 'a unknown → offline @1145.02 lease_expired'],
  },
  {
    name: 'stopped',
    prepare: (agent, rig) => {
      at(245 * second, rig);
      agent.goodbye();
    },
    before: ['a idle → stopped @245.02 reported'],
    lives: [],
    dies: [],
  },
  {
    name: 'offline',
    prepare: (agent, rig) => {
      at(95 * second, rig);
      agent.restart(245 * second);
    },
    before: ['a idle → offline @210.02 lease_expired'],
    lives: ['a offline → idle @340.02 heartbeat'],
    dies: [],
  },
  {
    name: 'stalled',
    prepare: (agent) => {
      agent.state = 'busy';
      agent.progress = 1;
    },
    before: ['a idle → busy @10.02 reported', 'a busy → stalled @190.02 no_progress'],
    // What it did unobserved nobody knows: the stall is counted afresh.
    lives: [
      'a stalled → unknown @335 processor_restart',
      'a unknown → busy @340.02 heartbeat',
      'a busy → stalled @520.02 no_progress',
    ],
    dies: ['a stalled → unknown @335 processor_restart', 'a unknown → offline @455 lease_expired'],
  },
  {
    name: 'in maintenance',
    prepare: (agent, rig) => {
      at(245 * second, rig);
      agent.isInMaintenance = true;
      rig.processor.fleet.beginMaintenance(rig.processor.fleet.find('a'), rig.processor.nowMs);
    },
    lives: [],
    dies: [],
  },
  {
    name: 'unknown since another restart',
    prepare: (agent, rig) => {
      at(251 * second, rig);
      agent.stall(89 * second);
      rig.processor.restart(10 * second);
    },
    before: ['a idle → unknown @261 processor_restart'],
    lives: ['a unknown → idle @340.02 heartbeat'],
    dies: ['a unknown → offline @455 lease_expired'],
  },
];

function play(phase: Phase, dies: boolean): Rig {
  const rig = new Rig({ stalledAfterMs: 3 * minute });
  const agent = rig.agent('a');
  rig.pass(5 * second);
  phase.prepare(agent, rig);
  at(305 * second, rig);
  rig.processor.restart(30 * second);
  rig.pass(5 * second);
  if (dies && agent.isAlive) agent.kill();
  else if (dies) agent.abandon();
  return rig.pass(20 * minute);
}

const told = ({ before = [] }: Phase, after: readonly string[]): string[] => [
  'a new → idle @0.02 first_seen',
  ...before,
  ...after,
];

/** The processor is restarted in every phase of an agent's life, for thirty seconds. */
export const restarts: readonly FaultScenario[] = [
  ...phases.flatMap((phase) => [
    {
      name: `${phase.name}; the agent lives`,
      play: () => play(phase, false),
      expected: told(phase, phase.lives),
    },
    {
      name: `${phase.name}; the agent dies meanwhile`,
      play: () => play(phase, true),
      expected: told(phase, phase.dies),
    },
  ]),
  {
    name: 'an agent without heartbeats is never unknown nor offline',
    play: () => {
      const rig = new Rig();
      const seen = { agent: 'a', observations: [observation('a')], madeMs: 0, beats: false };
      rig.processor.accept([seen], 'peer-a');
      rig.pass(5 * minute);
      rig.processor.restart(30 * second);
      return rig.pass(50 * minute);
    },
    expected: ['a new → idle @0 first_seen'],
  },
  {
    name: 'a hundred agents, a restart of two hours, ten have died: each at the end of its grace',
    play: () => {
      const rig = new Rig();
      const agents = rig.crowd(100, { by: rig.collector() });
      rig.pass(5 * minute);
      rig.processor.restart(2 * hour);
      rig.pass(hour);
      for (const agent of agents.slice(0, 10)) agent.kill();
      return rig.pass(2 * hour);
    },
    expected: {
      'new → idle first_seen': 100,
      'idle → unknown processor_restart': 100,
      'unknown → idle heartbeat': 90,
      'unknown → offline lease_expired': 10,
    },
  },
  {
    name: 'five restarts in a row, ten seconds apart',
    play: () => {
      const rig = new Rig();
      rig.crowd(20);
      rig.pass(5 * minute);
      for (let restart = 0; restart < 5; restart++) {
        rig.processor.restart(5 * second);
        rig.pass(10 * second);
      }
      return rig.pass(10 * minute);
    },
    // Half of them beat while it is up each time, the others only after the last one.
    expected: {
      'new → idle first_seen': 20,
      'idle → unknown processor_restart': 60,
      'unknown → idle heartbeat': 60,
    },
  },
  {
    name: 'a queue from before the restart does not raise one that was offline',
    play: () => {
      const rig = new Rig();
      const collector = rig.collector();
      const agent = rig.agent('a', { by: collector });
      rig.pass(305 * second);
      collector.cut(6 * minute);
      rig.pass(20 * second);
      agent.kill();
      at(480 * second, rig);
      rig.processor.restart(minute);
      return rig.pass(30 * minute);
    },
    expected: ['a new → idle @1.021 first_seen', 'a idle → offline @421.021 lease_expired'],
  },
  {
    name: 'a queue from before the restart shows that one lived until then, not that it lives',
    play: () => {
      const rig = new Rig();
      const collector = rig.collector();
      const agent = rig.agent('a', { by: collector });
      rig.pass(305 * second);
      collector.cut(3 * minute);
      at(400 * second, rig);
      rig.processor.restart(30 * second);
      rig.pass(11 * second);
      agent.kill();
      return rig.pass(30 * minute);
    },
    expected: [
      'a new → idle @1.021 first_seen',
      'a idle → unknown @430 processor_restart',
      'a unknown → offline @550 lease_expired',
    ],
  },
];
