import { Observation, type ObservationSink, signalOf } from '../../core/index.ts';
import { AgentSet } from './agent-set.ts';
import type { Tally } from './tally.ts';

/**
 * Tells of agents that show themselves by what isn't the contract's: metrics of their own, spans, log records. One
 * observation an agent and request, however much there is of it.
 */
export class Presence {
  private readonly agents = new AgentSet();
  private readonly observation = new Observation();

  constructor() {
    this.observation.signal = signalOf('seen');
  }

  /**
   * Hands over that an agent is there, unless this request has told of it.
   *
   * @param item - Id, session, type, pipeline and times of the item that shows it; its id is one of the body's own.
   * @param tally - Counts the observation.
   * @param sink - Takes it.
   */
  handOver(item: Observation, tally: Tally, sink: ObservationSink): void {
    if (!this.agents.add(item.idBytes, item.idStart, item.idEnd)) return;
    const { observation } = this;
    observation.idBytes = item.idBytes;
    observation.idStart = item.idStart;
    observation.idEnd = item.idEnd;
    observation.session = item.session;
    observation.type = item.type;
    observation.host = item.host;
    observation.pipeline = item.pipeline;
    observation.startTimeMs = item.startTimeMs;
    observation.timeMs = item.timeMs;
    tally.observations++;
    sink.observe(observation);
  }

  /** The next request may tell of the same agents again. */
  clear(): void {
    this.agents.clear();
  }
}
