import { logEvents } from '@agent-vitals/contract';
import { Observation, type ObservationSink, signalOf } from '../../core/index.ts';
import { attribute } from './attributes.ts';
import { Body } from './body.ts';
import { walkItems } from './items.ts';
import { NameTable } from './name-table.ts';
import { Presence } from './presence.ts';
import type { StringCache } from './string-cache.ts';
import { byAgentId, faulty, Subject, unidentified } from './subject.ts';
import { Tally } from './tally.ts';
import { validate } from './validate.ts';
import {
  endOfValue,
  fixed64,
  lengthDelimited,
  readNanosecondsAsMs,
  skipField,
  tagOf,
  valueStart,
} from './wire.ts';

const time = tagOf(1, fixed64);
const attributes = tagOf(6, lengthDelimited);
const observedTime = tagOf(11, fixed64);
const eventName = tagOf(12, lengthDelimited);

const stateChanged = 0;
const events = new NameTable([[logEvents.stateChanged.name, stateChanged]]);

/**
 * Reads ExportLogsServiceRequest: the event `vitals.agent.state_changed` with the agent's state, reason, error and
 * thread; any other record with an agent's id says that the agent is there.
 */
export class LogsReader {
  private readonly body = new Body();
  private readonly subject: Subject;
  private readonly observation = new Observation();
  private readonly presence = new Presence();

  constructor(strings: StringCache, maxTextBytes: number) {
    this.subject = new Subject(this.body, strings, maxTextBytes);
    this.observation.signal = signalOf('stateChanged');
  }

  /**
   * Reads a request and hands over what it says of agents, either all of it or nothing.
   *
   * @param bytes - ExportLogsServiceRequest in protobuf.
   * @param pipeline - The way it came in.
   * @param sink - Takes the observations, one object reused for all.
   * @returns What became of the log records.
   * @throws MalformedRequestError before anything was handed over.
   */
  read(bytes: Buffer, pipeline: string, sink: ObservationSink): Tally {
    validate(bytes, 'logsRequest');
    const tally = new Tally();
    this.observation.pipeline = pipeline;
    this.body.load(bytes);
    this.subject.beginRequest();
    try {
      walkItems(this.body, this.subject, (start, end) => this.readRecord(start, end, tally, sink));
    } finally {
      tally.cut = this.subject.cut;
      this.presence.clear();
      this.body.unload();
    }
    return tally;
  }

  private readRecord(start: number, end: number, tally: Tally, sink: ObservationSink): void {
    const { bytes, view } = this.body;
    const { observation, subject } = this;
    tally.items++;
    subject.item.clear();
    let timeMs = 0;
    let observedTimeMs = 0;
    let nameStart = 0;
    let nameEnd = 0;
    let pos = start;
    while (pos < end) {
      switch (bytes[pos]) {
        case attributes:
          pos = subject.item.add(pos + 1);
          continue;
        case time:
          timeMs = readNanosecondsAsMs(view, pos + 1);
          break;
        case observedTime:
          observedTimeMs = readNanosecondsAsMs(view, pos + 1);
          break;
        case eventName:
          nameEnd = endOfValue(bytes, pos + 1);
          nameStart = valueStart;
          break;
      }
      pos = skipField(bytes, pos);
    }
    observation.timeMs = timeMs === 0 ? observedTimeMs : timeMs;
    const found = subject.identify(observation);
    if (found === faulty) tally.reject(subject.fault);
    else if (this.isStateChange(nameStart, nameEnd)) {
      if (found === unidentified) tally.reject('id_missing');
      else this.handOverStateChange(tally, sink);
    } else if (found === byAgentId) this.presence.handOver(observation, tally, sink);
  }

  /** The event's name is a field of its own; older SDKs write it as an attribute. */
  private isStateChange(nameStart: number, nameEnd: number): boolean {
    const { view } = this.body;
    if (nameEnd !== nameStart) return events.find(view, nameStart, nameEnd) === stateChanged;
    const { item } = this.subject;
    const { eventName: name } = attribute;
    if (!item.hasText(name)) return false;
    return events.find(view, item.startOf(name), item.endOf(name)) === stateChanged;
  }

  private handOverStateChange(tally: Tally, sink: ObservationSink): void {
    const { observation } = this;
    const { item } = this.subject;
    observation.state = item.textOf(attribute.agentState);
    observation.reason = item.textOf(attribute.reason);
    observation.message = item.textOf(attribute.exceptionMessage);
    observation.thread = item.textOf(attribute.thread);
    tally.observations++;
    sink.observe(observation);
  }
}
