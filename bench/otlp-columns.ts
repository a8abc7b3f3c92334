import { type AgentInfo, type Observation, type ObservationSink, signals } from '../src/core/index.ts';

const agents = 1_000;
const signalCount = signals.length;

/** What every rival writes into: by agent and signal the newest of everything that a point says. */
export class Columns implements ObservationSink {
  readonly values = new Float64Array(agents * signalCount);
  readonly counts = new Float64Array(agents * signalCount);
  readonly times = new Float64Array(agents * signalCount);
  readonly startTimes = new Float64Array(agents * signalCount);
  readonly temporalities = new Uint8Array(agents * signalCount);
  readonly states: string[] = new Array<string>(agents).fill('');
  readonly operations: string[] = new Array<string>(agents).fill('');
  readonly sessions: string[] = new Array<string>(agents).fill('');
  readonly types: string[] = new Array<string>(agents).fill('');
  readonly hosts: string[] = new Array<string>(agents).fill('');
  readonly infos: (AgentInfo | null)[] = new Array<AgentInfo | null>(agents).fill(null);
  private readonly slots = new Int32Array(8_192).fill(-1);
  private readonly ids: Uint8Array[] = [];

  private slotOf(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0;
    for (let pos = start; pos < end; pos++) hash = Math.imul(hash, 31) + bytes[pos]!;
    for (let place = hash & 8_191; ; place = (place + 1) & 8_191) {
      const slot = this.slots[place]!;
      if (slot < 0) {
        this.slots[place] = this.ids.length;
        return this.ids.push(bytes.slice(start, end)) - 1;
      }
      const id = this.ids[slot]!;
      if (id.length !== end - start) continue;
      let i = id.length - 1;
      while (i >= 0 && id[i] === bytes[start + i]) i--;
      if (i < 0) return slot;
    }
  }

  observe(observation: Observation): void {
    const slot = this.slotOf(observation.idBytes, observation.idStart, observation.idEnd);
    const place = slot * signalCount + observation.signal;
    this.values[place] = observation.value;
    this.counts[place] = observation.count;
    this.times[place] = observation.timeMs;
    this.startTimes[place] = observation.startTimeMs;
    this.temporalities[place] = observation.temporality;
    this.sessions[slot] = observation.session;
    this.types[slot] = observation.type;
    this.hosts[slot] = observation.host;
    if (observation.state !== '' && observation.value === 1) this.states[slot] = observation.state;
    if (observation.operation !== '') this.operations[slot] = observation.operation;
    if (observation.info !== null) this.infos[slot] = observation.info;
  }
}
