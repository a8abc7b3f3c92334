import type { SimulatedAgent } from './agent.ts';
import type { Collector } from './network.ts';
import { Rig } from './rig.ts';
import { type FaultScenario, hour, minute, second } from './scenario.ts';

/** An agent that something has befallen is left alone for so long. */
const restMs = 6 * minute;

/** Three hours of whatever may happen, none of which may cost an agent that lives its good name. */
class Play {
  readonly rig: Rig;
  readonly #collectors: readonly Collector[];
  readonly #befallen = new Map<SimulatedAgent, number>();
  #quietUntilMs = 0;
  #stalledUntilMs = 0;

  constructor(seed: number) {
    this.rig = new Rig({ gapHoldMs: 15 * minute }, seed);
    const { rig } = this;
    this.#collectors = [rig.collector('first'), rig.collector('second', 5 * second)];
    for (let index = 0; index < 120; index++) {
      const by = this.#collectors[index % 3];
      const weather = { duplicates: 0.1, jitterMs: 2 * second };
      rig.agent(`a-${index}`, {
        ...(by === undefined ? { weather } : { by }),
        intervalMs: [10, 10, 20, 30][index % 3]! * second,
        temporality: index % 5 === 0 ? 'delta' : 'cumulative',
        clockAheadMs: [0, hour, -24 * hour][index % 3]!,
      });
      rig.pass(rig.world.between(0, second / 2));
    }
  }

  run(): Rig {
    const { rig } = this;
    rig.pass(10 * minute);
    while (rig.world.nowMs < 3 * hour) {
      if (rig.world.random() < 0.2) this.#befallAll();
      else this.#befallOne();
      rig.pass(rig.world.between(0, 20) * second);
    }
    return rig.pass(40 * minute);
  }

  /** One at a time: what concerns everybody. */
  #befallAll(): void {
    const { world, processor } = this.rig;
    // Who stood still by itself just before its Collector did, can't be told from the dead.
    if (world.nowMs < this.#quietUntilMs || world.nowMs < this.#stalledUntilMs + minute) return;
    const durationMs = world.between(6, 60) * second;
    this.#quietUntilMs = world.nowMs + 10 * minute;
    const what = world.between(0, 3);
    if (what === 0) processor.pause(durationMs);
    else if (what === 1) processor.restart(durationMs);
    else {
      this.#quietUntilMs = world.nowMs + 20 * minute;
      const collector = this.#collectors[world.between(0, 1)]!;
      const outageMs = world.random() < 0.3 ? durationMs : durationMs * 5 + 3 * minute;
      if (what === 2) collector.cut(outageMs);
      else {
        collector.die();
        world.after(outageMs, () => collector.revive());
      }
    }
  }

  #befallOne(): void {
    const { world, agents } = this.rig;
    const agent = agents[world.between(0, agents.length - 1)]!;
    if (!agent.isAlive || world.nowMs < (this.#befallen.get(agent) ?? 0)) return;
    this.#befallen.set(agent, world.nowMs + restMs);
    switch (world.between(0, 5)) {
      case 0:
        // Most come back one day.
        if (world.random() < 0.2) agent.kill();
        else agent.restart(world.between(5, 30) * minute);
        break;
      case 1:
        if (world.nowMs < this.#quietUntilMs) break;
        agent.stall(60 * second);
        this.#stalledUntilMs = world.nowMs + 60 * second;
        break;
      case 2:
        agent.restart(world.between(1, 30) * second);
        break;
      case 3:
        agent.setClock(hour);
        break;
      case 4:
        if (agent.temporality === 'cumulative') agent.setClock(-2 * hour);
        break;
      case 5:
        // Whoever is to wake while its Collector is away can't be told from the dead.
        if (agents.indexOf(agent) % 3 < 2) break;
        agent.sleep(world.between(3, 20) * minute);
        this.#befallen.set(agent, world.nowMs + 30 * minute);
        break;
    }
  }
}

/** Everything at once, by chance. */
export const chaos: readonly FaultScenario[] = Array.from({ length: 8 }, (_, index) => ({
  name: `a hundred and twenty agents, two Collectors, three hours, seed ${index + 1}`,
  play: () => new Play(index + 1).run(),
  expected: 'what the verdict allows',
}));
