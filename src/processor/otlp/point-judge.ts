import { Observation, type ObservationSink, signalOf, type Temporality } from '../../core/index.ts';
import { agentInfoOf } from './agent-info.ts';
import { attribute, maskOf } from './attributes.ts';
import type { KnownMetric } from './metric-table.ts';
import { Presence } from './presence.ts';
import { byAgentId, faulty, type Subject, unidentified } from './subject.ts';
import { type RejectReason, Tally } from './tally.ts';

const info = signalOf('info');
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

/** Decides what becomes of a data point: handed over, rejected, or of no concern. */
export class PointJudge {
  /** Takes a point's own fields as they are read; the judge adds whose they are. */
  readonly observation = new Observation();
  private readonly subject: Subject;
  private readonly presence = new Presence();
  private tally = new Tally();
  private sink: ObservationSink = { observe: () => {} };
  private known: KnownMetric | undefined;
  /** Points of the metric that are handed over as one. */
  private parts = 0;
  private partsSum = 0;
  private partsStartTimeMs = 0;
  private partsTimeMs = 0;
  /** Whether the observation holds texts of the point before. */
  private hasTexts = false;

  constructor(subject: Subject) {
    this.subject = subject;
  }

  beginRequest(pipeline: string, tally: Tally, sink: ObservationSink): void {
    this.observation.pipeline = pipeline;
    this.tally = tally;
    this.sink = sink;
    this.presence.clear();
  }

  /** The points that follow are of this metric; undefined is one that isn't the contract's. */
  beginMetric(known: KnownMetric | undefined, temporality: Temporality): void {
    this.known = known;
    this.observation.temporality = temporality;
    this.parts = 0;
    this.partsSum = 0;
  }

  /**
   * Decides about the point whose fields are in the observation and whose attributes are in the subject's item.
   *
   * @param hasValue - Whether it says a value.
   * @returns Why it is rejected; undefined where it isn't.
   */
  judge(hasValue: boolean): RejectReason | undefined {
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
    if (found === unidentified) {
      if (known.isVitals) return 'id_missing';
      if (!known.isHosts || observation.host === '') return undefined;
    }
    if (observation.noRecordedValue) {
      observation.value = 0;
      observation.count = 0;
    } else if (!hasValue) return 'value_missing';
    else if (!Number.isFinite(observation.value)) return 'value_not_finite';
    if ((present & dimensions) !== 0 && !known.isVitals) {
      if (!this.standsForWhole(known)) return undefined;
      if (known.isRest && !observation.noRecordedValue) observation.value = 1 - observation.value;
    }
    observation.introduces = known.isVitals || found === byAgentId;
    this.handOver(known);
    return undefined;
  }

  /** The metric's points have all been judged: what must be put together of several is handed over now. */
  endMetric(): void {
    const { known, observation, subject } = this;
    if (known === undefined || this.parts === 0) return;
    subject.item.clear();
    const found = subject.identify(observation);
    observation.introduces = found === byAgentId;
    observation.noRecordedValue = false;
    observation.startTimeMs = this.partsStartTimeMs;
    observation.timeMs = this.partsTimeMs;
    observation.count = 0;
    observation.value = 1 - this.partsSum / this.parts;
    this.handOver(known);
  }

  private handOver(known: KnownMetric): void {
    const { observation, subject } = this;
    observation.signal = known.signal;
    if ((subject.item.present & texts) !== 0) this.takeTexts();
    else if (this.hasTexts) this.clearTexts();
    observation.info = known.signal === info ? agentInfoOf(subject.item, subject.resource) : null;
    this.tally.observations++;
    this.sink.observe(observation);
  }

  /**
   * A host metric's point that is one of several must stand for all of them. What is left of each CPU is gathered:
   * its mean over the CPUs of the resource stands for them.
   */
  private standsForWhole(known: KnownMetric): boolean {
    const { observation, subject } = this;
    const { item } = subject;
    if (known.wholeState === '' || item.textOf(attribute.usageState) !== known.wholeState) return false;
    if (!item.has(attribute.cpuNumber)) return true;
    if (known.isRest && !observation.noRecordedValue && !subject.isItemsOwn) {
      this.parts++;
      this.partsSum += observation.value;
      this.partsStartTimeMs = observation.startTimeMs;
      this.partsTimeMs = observation.timeMs;
    }
    return false;
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
}
