import { cumulative, delta, gauge, type ObservationSink, type Temporality } from '../../core/index.ts';
import { Body } from './body.ts';
import { groupField, itemField, scopeField } from './items.ts';
import { type KnownMetric, knownMetrics, metricNames } from './metric-table.ts';
import { NameTable } from './name-table.ts';
import {
  clearPoint,
  exponentialAttributes,
  histogramAttributes,
  readHistogramPoint,
  readNumberPoint,
} from './point-fields.ts';
import { PointJudge } from './point-judge.ts';
import type { StringCache } from './string-cache.ts';
import { Subject } from './subject.ts';
import { type RejectReason, Tally } from './tally.ts';
import { validate } from './validate.ts';
import { endOfValue, lengthDelimited, readVarint, skipField, tagOf, valueStart, varint } from './wire.ts';

const name = tagOf(1, lengthDelimited);
const gaugeData = tagOf(5, lengthDelimited);
const sumData = tagOf(7, lengthDelimited);
const histogramData = tagOf(9, lengthDelimited);
const exponentialData = tagOf(10, lengthDelimited);
const summaryData = tagOf(11, lengthDelimited);
const dataPoint = tagOf(1, lengthDelimited);
const aggregationTemporality = tagOf(2, varint);

/** A resource seldom has more metrics; where one has, they are walked twice. */
const maxNoted = 256;
const noteLength = 4;
const metricTable = new NameTable(metricNames);

/** Walks ExportMetricsServiceRequest down to its points; see reader.ts for how and why. */
export class MetricsReader {
  private readonly body = new Body();
  private readonly subject: Subject;
  private readonly judge: PointJudge;
  private tally = new Tally();

  /** Of the resource under way: metrics that wait, each by code, kind of data, and where its data begin and end. */
  private readonly notes = new Int32Array(maxNoted * noteLength);
  private noted = 0;

  // What `findPoints` found of the metric under way.
  /** As it is on the wire: 0 unspecified, 1 delta, 2 cumulative. */
  private temporality = 0;
  private points = 0;
  private firstPoint = 0;

  constructor(strings: StringCache, maxTextBytes: number) {
    this.subject = new Subject(this.body, strings, maxTextBytes);
    this.judge = new PointJudge(this.subject);
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
    this.judge.beginRequest(pipeline, tally, sink);
    this.body.load(bytes);
    this.subject.beginRequest();
    try {
      let pos = 0;
      while (pos < bytes.length) {
        if (bytes[pos] === groupField) this.readResourceMetrics(pos + 1);
        pos = skipField(bytes, pos);
      }
    } finally {
      tally.cut = this.subject.cut;
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
    const { bytes, view } = this.body;
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
    const code = metricTable.find(view, nameStart, nameEnd);
    const known = knownMetric(code);
    if ((known?.leads ?? false) === leading) this.readData(known, data, dataStart, end);
    else if (leading) this.note(code, data, dataStart, end);
    return end;
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

  /** Reads the metrics that had to wait for the leading ones. */
  private readNoted(): void {
    const { notes, noted } = this;
    for (let i = 0; i < noted * noteLength; i += noteLength) {
      this.readData(knownMetric(notes[i]!), notes[i + 1]!, notes[i + 2]!, notes[i + 3]!);
    }
  }

  private readData(known: KnownMetric | undefined, data: number, start: number, end: number): void {
    this.findPoints(data, start, end);
    const temporality = data === gaugeData ? gauge : temporalityOf(this.temporality);
    const fault = known === undefined ? undefined : faultOf(known, data, temporality);
    this.judge.beginMetric(known, temporality ?? gauge);
    if (this.points === 1) this.readPoint(this.firstPoint, data, fault);
    else this.readPoints(data, start, end, fault);
    this.judge.endMetric();
  }

  private readPoints(data: number, start: number, end: number, fault: RejectReason | undefined): void {
    const { bytes } = this.body;
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
        } else if (tag === aggregationTemporality) this.temporality = readVarint(bytes, pos + 1) | 0;
        pos = skipField(bytes, pos);
      }
    }
  }

  /** @returns The place behind the point. */
  private readPoint(length: number, data: number, fault: RejectReason | undefined): number {
    const { body, tally } = this;
    const end = endOfValue(body.bytes, length);
    tally.items++;
    const reason = fault ?? this.judgePoint(data, valueStart, end);
    if (reason !== undefined) tally.reject(reason);
    return end;
  }

  private judgePoint(data: number, start: number, end: number): RejectReason | undefined {
    const { body, judge } = this;
    const { observation } = judge;
    const { item } = this.subject;
    item.clear();
    clearPoint(observation);
    switch (data) {
      case gaugeData:
      case sumData:
        return judge.judge(readNumberPoint(body, start, end, observation, item));
      case histogramData:
        readHistogramPoint(body, start, end, observation, item, histogramAttributes);
        return judge.judge(true);
      case exponentialData:
        readHistogramPoint(body, start, end, observation, item, exponentialAttributes);
        return judge.judge(true);
      default:
        // A summary of a metric that isn't ours.
        return undefined;
    }
  }
}

function knownMetric(code: number): KnownMetric | undefined {
  return code < 0 ? undefined : knownMetrics[code];
}

function temporalityOf(value: number): Temporality | undefined {
  return value === 1 ? delta : value === 2 ? cumulative : undefined;
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
