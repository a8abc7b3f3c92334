import {
  type AgentInfo,
  cumulative,
  delta,
  gauge,
  Observation,
  type ObservationSink,
  signalOf,
  type Temporality,
} from '../../core/index.ts';
import { attribute, maskOf } from './attributes.ts';
import { Body } from './body.ts';
import { groupField, itemField, scopeField } from './items.ts';
import { type KnownMetric, knownMetrics, metricNames } from './metric-table.ts';
import { NameTable } from './name-table.ts';
import { Presence } from './presence.ts';
import type { StringCache } from './string-cache.ts';
import { byAgentId, faulty, Subject, unidentified } from './subject.ts';
import type { RejectReason } from './tally.ts';
import { Tally } from './tally.ts';
import { validate } from './validate.ts';
import {
  endOfValue,
  fixed64,
  lengthDelimited,
  readDouble,
  readNanosecondsAsMs,
  readSigned64,
  readUnsigned64,
  readVarint,
  skipField,
  tagOf,
  valueStart,
  varint,
} from './wire.ts';

const name = tagOf(1, lengthDelimited);
const gaugeData = tagOf(5, lengthDelimited);
const sumData = tagOf(7, lengthDelimited);
const histogramData = tagOf(9, lengthDelimited);
const exponentialData = tagOf(10, lengthDelimited);
const summaryData = tagOf(11, lengthDelimited);
const dataPoint = tagOf(1, lengthDelimited);
const aggregationTemporality = tagOf(2, varint);

// Of all points.
const startTime = tagOf(2, fixed64);
const time = tagOf(3, fixed64);
// Of number points.
const asDouble = tagOf(4, fixed64);
const asInt = tagOf(6, fixed64);
const numberAttributes = tagOf(7, lengthDelimited);
const numberFlags = tagOf(8, varint);
// Of histogram points; those of exponential ones differ only in where the attributes are.
const count = tagOf(4, fixed64);
const sum = tagOf(5, fixed64);
const histogramAttributes = tagOf(9, lengthDelimited);
const exponentialAttributes = tagOf(1, lengthDelimited);
const histogramFlags = tagOf(10, varint);

/** A resource seldom has more metrics; where one has, they are walked twice. */
const maxNoted = 256;
const noteLength = 4;
const noRecordedValueFlag = 1;
const info = signalOf('info');
const metricTable = new NameTable(metricNames);

/** Attributes of points that are texts of the observation. */
const texts = maskOf(
  attribute.agentState,
  attribute.operationName,
  attribute.integrationName,
  attribute.errorType,
  attribute.messageDirection,
  attribute.exhaustedReason,
  attribute.exhaustedScope,
  attribute.recoverySource,
);
const dimensions = maskOf(attribute.usageState, attribute.cpuNumber);
const overflow = maskOf(attribute.overflow);

/** Reads ExportMetricsServiceRequest. */
export class MetricsReader {
  private readonly body = new Body();
  private readonly subject: Subject;
  private readonly observation = new Observation();
  private readonly presence = new Presence();
  private tally = new Tally();
  private sink: ObservationSink = { observe: () => {} };
  /** Whether the observation holds texts of the point before. */
  private hasTexts = false;

  /** Of the resource under way: metrics that wait, each by code, kind of data, and where its data begin and end. */
  private readonly notes = new Int32Array(maxNoted * noteLength);
  private noted = 0;

  // The metric and the point under way; what else a point says is written into the observation as it is read.
  private known: KnownMetric | undefined;
  /** As the metric writes it: 0 unspecified, 1 delta, 2 cumulative. */
  private temporality = 0;
  private points = 0;
  private firstPoint = 0;
  private hasValue = false;

  constructor(strings: StringCache, maxTextBytes: number) {
    this.subject = new Subject(this.body, strings, maxTextBytes);
  }

  /**
   * Reads a request and hands over what it says of agents, either all of it or nothing.
   *
   * @param bytes - ExportMetricsServiceRequest in protobuf.
   * @param pipeline - The way it came in.
   * @param sink - Takes the observations, one object reused for all.
   * @returns What became of the points.
   * @throws MalformedRequestError before anything was handed over.
   */
  read(bytes: Buffer, pipeline: string, sink: ObservationSink): Tally {
    validate(bytes, 'metricsRequest');
    const tally = new Tally();
    this.tally = tally;
    this.sink = sink;
    this.observation.pipeline = pipeline;
    this.body.load(bytes);
    try {
      let pos = 0;
      while (pos < bytes.length) {
        if (bytes[pos] === groupField) this.readResourceMetrics(pos + 1);
        pos = skipField(bytes, pos);
      }
    } finally {
      tally.cut = this.subject.takeCut();
      this.presence.clear();
      this.body.unload();
    }
    return tally;
  }

  private readResourceMetrics(length: number): void {
    const end = endOfValue(this.body.bytes, length);
    const start = valueStart;
    this.subject.readResource(start, end);
    this.noted = 0;
    this.readScopes(start, end, true);
    if (this.noted > maxNoted) this.readScopes(start, end, false);
    else this.readNoted();
  }

  /** Reads the points of the metrics that had to wait for the leading ones. */
  private readNoted(): void {
    const { notes, noted } = this;
    for (let i = 0; i < noted * noteLength; i += noteLength) {
      this.known = knownMetrics[notes[i]!];
      this.readData(notes[i + 1]!, notes[i + 2]!, notes[i + 3]!);
    }
  }

  /** Beyond what there is room for it is only counted: the metrics are walked again instead. */
  private note(code: number, data: number, start: number, end: number): void {
    if (this.noted < maxNoted) {
      const i = this.noted * noteLength;
      this.notes[i] = code;
      this.notes[i + 1] = data;
      this.notes[i + 2] = start;
      this.notes[i + 3] = end;
    }
    this.noted++;
  }

  private readScopes(start: number, end: number, leading: boolean): void {
    const { bytes } = this.body;
    let pos = start;
    while (pos < end) {
      if (bytes[pos] !== scopeField) {
        pos = skipField(bytes, pos);
        continue;
      }
      const scopeEnd = endOfValue(bytes, pos + 1);
      pos = valueStart;
      while (pos < scopeEnd) {
        pos = bytes[pos] === itemField ? this.readMetric(pos + 1, leading) : skipField(bytes, pos);
      }
    }
  }

  /**
   * Reads a metric's points if its turn is now. Its name may follow its data, and its data come in pieces.
   *
   * @returns The place behind the metric.
   */
  private readMetric(length: number, leading: boolean): number {
    const { bytes } = this.body;
    const end = endOfValue(bytes, length);
    let pos = valueStart;
    let nameStart = pos;
    let nameEnd = pos;
    // Data is a oneof: another kind of data replaces what came before, the same kind is merged with it.
    let data = 0;
    let dataStart = end;
    while (pos < end) {
      const tag = bytes[pos]!;
      switch (tag) {
        case name:
          nameEnd = endOfValue(bytes, pos + 1);
          nameStart = valueStart;
          pos = nameEnd;
          break;
        case gaugeData:
        case sumData:
        case histogramData:
        case exponentialData:
        case summaryData:
          if (tag !== data) {
            data = tag;
            dataStart = pos;
          }
          pos = endOfValue(bytes, pos + 1);
          break;
        default:
          pos = skipField(bytes, pos);
      }
    }
    const code = metricTable.find(this.body.view, nameStart, nameEnd);
    const known = code < 0 ? undefined : knownMetrics[code];
    if ((known?.leads ?? false) === leading) {
      this.known = known;
      this.readData(data, dataStart, end);
    } else if (leading) this.note(code, data, dataStart, end);
    return end;
  }

  private readData(data: number, start: number, end: number): void {
    const { bytes } = this.body;
    this.findPoints(data, start, end);
    const temporality = data === gaugeData ? gauge : temporalityOf(this.temporality);
    const fault = this.known === undefined ? undefined : faultOf(this.known, data, temporality);
    this.observation.temporality = temporality ?? gauge;
    if (this.points === 1) {
      this.readPoint(this.firstPoint, data, fault);
      return;
    }
    let pos = start;
    while (pos < end) {
      if (bytes[pos] !== data) {
        pos = skipField(bytes, pos);
        continue;
      }
      const dataEnd = endOfValue(bytes, pos + 1);
      pos = valueStart;
      while (pos < dataEnd) {
        pos = bytes[pos] === dataPoint ? this.readPoint(pos + 1, data, fault) : skipField(bytes, pos);
      }
    }
  }

  /** The temporality follows the points on the wire, but holds for them: a first walk finds both. */
  private findPoints(data: number, start: number, end: number): void {
    const { bytes } = this.body;
    this.temporality = 0;
    this.points = 0;
    let pos = start;
    while (pos < end) {
      if (bytes[pos] !== data) {
        pos = skipField(bytes, pos);
        continue;
      }
      const dataEnd = endOfValue(bytes, pos + 1);
      pos = valueStart;
      while (pos < dataEnd) {
        const tag = bytes[pos]!;
        if (tag === dataPoint) {
          if (this.points++ === 0) this.firstPoint = pos + 1;
        } else if (tag === aggregationTemporality) this.temporality = readVarint(bytes, pos + 1);
        pos = skipField(bytes, pos);
      }
    }
  }

  private readPoint(length: number, data: number, fault: RejectReason | undefined): number {
    const end = endOfValue(this.body.bytes, length);
    const start = valueStart;
    const { tally, observation } = this;
    tally.items++;
    if (fault !== undefined) {
      tally.reject(fault);
      return end;
    }
    this.subject.item.clear();
    observation.startTimeMs = 0;
    observation.timeMs = 0;
    observation.value = 0;
    observation.count = 0;
    observation.noRecordedValue = false;
    if (data === gaugeData || data === sumData) this.readNumberPoint(start, end);
    else if (data === histogramData) this.readHistogramPoint(start, end, histogramAttributes);
    else if (data === exponentialData) this.readHistogramPoint(start, end, exponentialAttributes);
    // A summary of a metric that isn't ours.
    else return end;
    const reason = this.judgePoint();
    if (reason !== undefined) tally.reject(reason);
    return end;
  }

  private readNumberPoint(start: number, end: number): void {
    const { bytes, view } = this.body;
    const { observation } = this;
    const { item } = this.subject;
    this.hasValue = false;
    let pos = start;
    while (pos < end) {
      switch (bytes[pos]) {
        case startTime:
          observation.startTimeMs = readNanosecondsAsMs(view, pos + 1);
          pos += 9;
          break;
        case time:
          observation.timeMs = readNanosecondsAsMs(view, pos + 1);
          pos += 9;
          break;
        case asDouble:
          observation.value = readDouble(view, pos + 1);
          this.hasValue = true;
          pos += 9;
          break;
        case asInt:
          observation.value = readSigned64(view, pos + 1);
          this.hasValue = true;
          pos += 9;
          break;
        case numberAttributes:
          pos = item.add(pos + 1);
          break;
        case numberFlags:
          observation.noRecordedValue = hasNoRecordedValue(bytes, pos + 1);
          pos = skipField(bytes, pos);
          break;
        default:
          pos = skipField(bytes, pos);
      }
    }
  }

  private readHistogramPoint(start: number, end: number, attributes: number): void {
    const { bytes, view } = this.body;
    const { observation } = this;
    const { item } = this.subject;
    // A histogram without a sum still counts.
    this.hasValue = true;
    let pos = start;
    while (pos < end) {
      const tag = bytes[pos]!;
      if (tag === attributes) {
        pos = item.add(pos + 1);
        continue;
      }
      switch (tag) {
        case startTime:
          observation.startTimeMs = readNanosecondsAsMs(view, pos + 1);
          break;
        case time:
          observation.timeMs = readNanosecondsAsMs(view, pos + 1);
          break;
        case count:
          observation.count = readUnsigned64(view, pos + 1);
          break;
        case sum:
          observation.value = readDouble(view, pos + 1);
          break;
        case histogramFlags:
          observation.noRecordedValue = hasNoRecordedValue(bytes, pos + 1);
          break;
      }
      pos = skipField(bytes, pos);
    }
  }

  /**
   * Decides what becomes of the point that was read: handed over, of no concern, or rejected.
   *
   * @returns Why it is rejected.
   */
  private judgePoint(): RejectReason | undefined {
    const { known, observation, subject } = this;
    const { present } = subject.item;
    if (known !== undefined && (present & overflow) !== 0 && subject.item.isTrue(attribute.overflow)) {
      return 'overflow';
    }
    const found = subject.identify(observation);
    if (found === faulty) return subject.fault;
    if (known === undefined) {
      if (found === byAgentId && !observation.noRecordedValue) {
        this.presence.handOver(observation, this.tally, this.sink);
      }
      return undefined;
    }
    if (found === unidentified) return known.isVitals ? 'id_missing' : undefined;
    if (observation.noRecordedValue) {
      observation.value = 0;
      observation.count = 0;
    } else if (!this.hasValue) return 'value_missing';
    else if (!Number.isFinite(observation.value)) return 'value_not_finite';
    if ((present & dimensions) !== 0 && !known.isVitals) {
      if (!this.standsForWhole(known)) return undefined;
      if (known.isRest && !observation.noRecordedValue) observation.value = 1 - observation.value;
    }
    observation.introduces = known.isVitals || found === byAgentId;
    this.handOver(known);
    return undefined;
  }

  private handOver(known: KnownMetric): void {
    const { observation } = this;
    observation.signal = known.signal;
    if ((this.subject.item.present & texts) !== 0) this.takeTexts();
    else if (this.hasTexts) this.clearTexts();
    observation.info = known.signal === info ? this.makeInfo() : null;
    this.tally.observations++;
    this.sink.observe(observation);
  }

  /** A host metric's point that is one of several must be the one that stands for all of them. */
  private standsForWhole(known: KnownMetric): boolean {
    const { item } = this.subject;
    if (known.wholeState === '' || item.has(attribute.cpuNumber)) return false;
    return item.textOf(attribute.usageState) === known.wholeState;
  }

  private takeTexts(): void {
    const { observation } = this;
    const { item } = this.subject;
    observation.state = item.textOf(attribute.agentState);
    observation.operation = item.textOf(attribute.operationName);
    observation.integration = item.textOf(attribute.integrationName);
    observation.errorType = item.textOf(attribute.errorType);
    observation.direction = item.textOf(attribute.messageDirection);
    observation.exhaustedReason = item.textOf(attribute.exhaustedReason);
    observation.exhaustedScope = item.textOf(attribute.exhaustedScope);
    observation.recoverySource = item.textOf(attribute.recoverySource);
    this.hasTexts = true;
  }

  private clearTexts(): void {
    const { observation } = this;
    observation.state = '';
    observation.operation = '';
    observation.integration = '';
    observation.errorType = '';
    observation.direction = '';
    observation.exhaustedReason = '';
    observation.exhaustedScope = '';
    observation.recoverySource = '';
    this.hasTexts = false;
  }

  private makeInfo(): AgentInfo {
    const { item, resource } = this.subject;
    const textOf = (code: number): string | null => (item.has(code) ? item : resource).textOf(code) || null;
    return {
      name: textOf(attribute.agentName),
      description: textOf(attribute.agentDescription),
      version: textOf(attribute.agentVersion),
      kind: textOf(attribute.agentKind),
      peers: (item.has(attribute.agentPeers) ? item : resource).listOf(attribute.agentPeers),
      payloadClass: textOf(attribute.payloadClass),
      location: textOf(attribute.location),
      sessionName: textOf(attribute.sessionName),
      processId: (item.has(attribute.processId) ? item : resource).integerOf(attribute.processId),
      hostId: textOf(attribute.hostId),
    };
  }
}

function temporalityOf(value: number): Temporality | undefined {
  return value === 1 ? delta : value === 2 ? cumulative : undefined;
}

function hasNoRecordedValue(bytes: Uint8Array, start: number): boolean {
  return (readVarint(bytes, start) & noRecordedValueFlag) !== 0;
}

function faultOf(
  known: KnownMetric,
  data: number,
  temporality: Temporality | undefined,
): RejectReason | undefined {
  const isHistogram = data === histogramData || data === exponentialData;
  if (isHistogram !== known.isHistogram || data === summaryData) return 'type_mismatch';
  return temporality === undefined ? 'temporality_unspecified' : undefined;
}
