import type { FleetSettings } from '../../../src/core/index.ts';
import { line } from '../../support/observe.ts';
import { type AgentOptions, SimulatedAgent } from './agent.ts';
import { Collector, Way, type Weather } from './network.ts';
import { SimulatedProcessor } from './processor.ts';
import { World } from './world.ts';

/** A processor, agents and the ways between them. */
export class Rig {
  readonly world: World;
  readonly processor: SimulatedProcessor;
  readonly agents: SimulatedAgent[] = [];
  /** The ways of those who send straight to the processor. */
  readonly directWays: Way[] = [];
  readonly #notes: { at: number; text: string }[] = [];

  constructor(settings: Partial<FleetSettings> = {}, seed = 1) {
    this.world = new World(seed);
    this.processor = new SimulatedProcessor(this.world, settings);
  }

  /** A Collector before the processor. */
  collector(name = 'collector', batchMs = 1_000, weather: Weather = {}): Collector {
    return new Collector(this.world, new Way(this.world, this.processor, name, weather), batchMs);
  }

  /** An agent that is started now; it sends straight to the processor unless it is told a way. */
  agent(id: string, options: AgentOptions & { by?: Collector; weather?: Weather } = {}): SimulatedAgent {
    const { by, weather = {} } = options;
    const agent = new SimulatedAgent(this.world, id, by?.send ?? this.#direct(id, weather).send, options);
    this.agents.push(agent);
    return agent.start();
  }

  #direct(id: string, weather: Weather): Way {
    const way = new Way(this.world, this.processor, `peer-${id}`, weather);
    this.directWays.push(way);
    return way;
  }

  /** Agents `a-1` …, started at moments spread over an interval. */
  crowd(count: number, options: Parameters<Rig['agent']>[1] = {}): SimulatedAgent[] {
    const apartMs = Math.floor((options.intervalMs ?? 10_000) / count);
    return Array.from({ length: count }, (_, index) => {
      const agent = this.agent(`a-${index + 1}`, options);
      this.world.pass(apartMs);
      return agent;
    });
  }

  pass(durationMs: number): this {
    this.world.pass(durationMs);
    return this;
  }

  /** Notes which conditions hold now, among what the processor tells. */
  note(id: string, when: string): void {
    this.say(`${when}: ${this.processor.view(id).conditions.join(', ')}`);
  }

  say(text: string): void {
    this.#notes.push({ at: this.processor.nowMs, text });
  }

  /** What the processor told and what was noted, a line each, in the order of time. */
  lines(): string[] {
    const told = this.processor.told.map((transition) => ({ at: transition.at, text: line(transition) }));
    return [...told, ...this.#notes].sort((one, other) => one.at - other.at).map(({ text }) => text);
  }

  /** What befell one agent. */
  linesOf(id: string): string[] {
    return this.lines().filter((told) => told.startsWith(`${id} `));
  }
}

/** Counts what befell the agents of a crowd, without their names and times. */
export function tally(lines: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const told of lines) {
    const what = told.replace(/^\S+ /, '').replace(/ @\S+/, '');
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}
