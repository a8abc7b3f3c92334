import { Observation, type ObservationSink } from '../../core/index.ts';
import { Body } from './body.ts';
import { walkItems } from './items.ts';
import { Presence } from './presence.ts';
import type { StringCache } from './string-cache.ts';
import { byAgentId, faulty, Subject } from './subject.ts';
import { Tally } from './tally.ts';
import { validate } from './validate.ts';
import { fixed64, lengthDelimited, readNanosecondsAsMs, skipField, tagOf } from './wire.ts';

const startTime = tagOf(7, fixed64);
const endTime = tagOf(8, fixed64);
const attributes = tagOf(9, lengthDelimited);

/** Reads ExportTraceServiceRequest: a span with an agent's id, its own or its resource's, says that the agent is there. */
export class TracesReader {
  private readonly body = new Body();
  private readonly subject: Subject;
  private readonly observation = new Observation();
  private readonly presence = new Presence();

  constructor(strings: StringCache, maxTextBytes: number) {
    this.subject = new Subject(this.body, strings, maxTextBytes);
  }

  /**
   * Reads a request and hands over what it says of agents, either all of it or nothing.
   *
   * @param bytes - ExportTraceServiceRequest in protobuf.
   * @param pipeline - The way it came in.
   * @param sink - Takes the observations, one object reused for all.
   * @returns What became of the spans.
   * @throws MalformedRequestError before anything was handed over.
   */
  read(bytes: Buffer, pipeline: string, sink: ObservationSink): Tally {
    validate(bytes, 'tracesRequest');
    const tally = new Tally();
    this.observation.pipeline = pipeline;
    this.body.load(bytes);
    this.subject.beginRequest();
    try {
      walkItems(this.body, this.subject, (start, end) => this.readSpan(start, end, tally, sink));
    } finally {
      tally.cut = this.subject.cut;
      this.presence.clear();
      this.body.unload();
    }
    return tally;
  }

  private readSpan(start: number, end: number, tally: Tally, sink: ObservationSink): void {
    const { bytes, view } = this.body;
    const { observation, subject } = this;
    tally.items++;
    subject.item.clear();
    observation.startTimeMs = 0;
    observation.timeMs = 0;
    let pos = start;
    while (pos < end) {
      const tag = bytes[pos];
      if (tag === attributes) {
        pos = subject.item.add(pos + 1);
        continue;
      }
      if (tag === startTime) observation.startTimeMs = readNanosecondsAsMs(view, pos + 1);
      else if (tag === endTime) observation.timeMs = readNanosecondsAsMs(view, pos + 1);
      pos = skipField(bytes, pos);
    }
    const found = subject.identify(observation);
    if (found === faulty) tally.reject(subject.fault);
    else if (found === byAgentId) this.presence.handOver(observation, tally, sink);
  }
}
