import { isUtf8 } from 'node:buffer';
import type { Observation } from '../../core/index.ts';
import { AttributeSet } from './attribute-set.ts';
import { attribute, maskOf } from './attributes.ts';
import type { Body } from './body.ts';
import type { StringCache } from './string-cache.ts';
import type { RejectReason } from './tally.ts';
import { endOfValue, lengthDelimited, skipField, tagOf, valueStart } from './wire.ts';

/** Two ids that were cut could become one agent or one session, so ids over this are rejected. */
const maxIdBytes = 256;

/** How the agent of an item is known. */
export const unidentified = 0;
/** By `service.name`: a service may be an agent, but its own metrics don't make it one. */
export const byService = 1;
/** By `vitals.agent.id` or `gen_ai.agent.id`. */
export const byAgentId = 2;
/** Not at all: {@link Subject.fault} says why the item is rejected. */
export const faulty = 3;
export type Identification = typeof unidentified | typeof byService | typeof byAgentId | typeof faulty;

const agentIds = maskOf(attribute.agentId, attribute.genAiAgentId);
const serviceParts = maskOf(attribute.serviceName, attribute.serviceNamespace, attribute.hostName);
const sessionId = maskOf(attribute.sessionId);
const agentType = maskOf(attribute.agentType);
const hostParts = maskOf(attribute.hostId, attribute.hostName);

const resourceField = tagOf(1, lengthDelimited);
const resourceAttributes = tagOf(1, lengthDelimited);
const slash = 0x2f;
const at = 0x40;

/** An agent that was found, and where its id lies. */
class Place {
  found: Identification = unidentified;
  fault: RejectReason = 'id_missing';
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Room for an id that is put together from a service's parts. */
  readonly composed = new Uint8Array(maxIdBytes);
}

/**
 * Whom an item (a point, span or log record) speaks of. An agent's own id counts, on the item first and then on its
 * resource: `vitals.agent.id`, else `gen_ai.agent.id`. Else it is the service, each part on the item or its
 * resource: `service.namespace/service.name@host.name` without the parts that aren't there. `service.instance.id`
 * never identifies: it is a new UUID at each start and would leave a ghost behind each.
 */
export class Subject {
  readonly resource: AttributeSet;
  readonly item: AttributeSet;

  private readonly body: Body;
  /** What the resource alone says; most items add nothing to it. */
  private readonly ofResource = new Place();
  private readonly ofItem = new Place();
  private place = this.ofResource;
  private session = '';
  private host = '';
  private type = '';

  constructor(body: Body, strings: StringCache, maxTextBytes: number) {
    this.body = body;
    this.resource = new AttributeSet(body, strings, maxTextBytes);
    this.item = new AttributeSet(body, strings, maxTextBytes);
  }

  /** Whether the item itself says something of who it speaks of. */
  get isItemsOwn(): boolean {
    return this.place === this.ofItem;
  }

  beginRequest(): void {
    this.item.beginRequest();
    this.resource.beginRequest();
  }

  /** How many values of this request were cut. */
  get cut(): number {
    return this.item.cut + this.resource.cut;
  }

  /** Why the last item is faulty. */
  get fault(): RejectReason {
    return this.place.fault;
  }

  /**
   * Reads the resource of a ResourceMetrics, ResourceSpans or ResourceLogs, wherever in the message it stands and in
   * however many pieces: protobuf merges them.
   *
   * @param start - Where the message begins.
   * @param end - Where it ends.
   */
  readResource(start: number, end: number): void {
    const { bytes } = this.body;
    this.resource.clear();
    this.item.clear();
    let pos = start;
    while (pos < end) {
      if (bytes[pos] === resourceField) {
        const resourceEnd = endOfValue(bytes, pos + 1);
        pos = valueStart;
        while (pos < resourceEnd) {
          pos = bytes[pos] === resourceAttributes ? this.resource.add(pos + 1) : skipField(bytes, pos);
        }
      } else pos = skipField(bytes, pos);
    }
    const { resource } = this;
    this.resolve(this.ofResource);
    this.session = resource.wholeTextOf(attribute.sessionId);
    this.type = resource.textOf(attribute.agentType);
    this.host = this.hostOf();
  }

  /**
   * Finds the agent of the item whose attributes were read last.
   *
   * @param observation - Takes id, session, type and host.
   * @returns How the agent is known.
   */
  identify(observation: Observation): Identification {
    const { present } = this.item;
    let place = this.ofResource;
    if ((present & (agentIds | serviceParts | sessionId)) !== 0) {
      place = this.ofItem;
      this.resolve(place);
    }
    this.place = place;
    observation.idBytes = place.bytes;
    observation.idStart = place.start;
    observation.idEnd = place.end;
    observation.session =
      (present & sessionId) === 0 ? this.session : this.item.wholeTextOf(attribute.sessionId);
    observation.host = (present & hostParts) === 0 ? this.host : this.hostOf();
    observation.type = (present & agentType) === 0 ? this.type : this.item.textOf(attribute.agentType);
    return place.found;
  }

  /** `host.id`, else `host.name`, each on the item or its resource. */
  private hostOf(): string {
    const { item, resource } = this;
    const setOf = (code: number) => (item.has(code) ? item : resource);
    return (
      setOf(attribute.hostId).textOf(attribute.hostId) || setOf(attribute.hostName).textOf(attribute.hostName)
    );
  }

  private resolve(place: Place): void {
    const { item, resource } = this;
    const set = (item.present & agentIds) !== 0 ? item : resource;
    if ((set.present & agentIds) !== 0) {
      this.takeAgentId(place, set, set.has(attribute.agentId) ? attribute.agentId : attribute.genAiAgentId);
    } else if (item.hasText(attribute.serviceName) || resource.hasText(attribute.serviceName)) {
      this.composeServiceId(place);
    } else {
      place.found = unidentified;
      place.start = 0;
      place.end = 0;
    }
    const sessionSet = item.has(attribute.sessionId) ? item : resource;
    if (sessionSet.lengthOf(attribute.sessionId) > maxIdBytes) fail(place, 'id_too_long');
  }

  private takeAgentId(place: Place, set: AttributeSet, code: number): void {
    if (!set.hasText(code)) {
      fail(place, 'id_invalid');
      return;
    }
    place.found = byAgentId;
    place.bytes = this.body.bytes;
    place.start = set.startOf(code);
    place.end = set.endOf(code);
    checkId(place);
  }

  private composeServiceId(place: Place): void {
    place.found = byService;
    place.bytes = place.composed;
    place.start = 0;
    place.end = 0;
    if (this.append(place, attribute.serviceNamespace)) this.appendByte(place, slash);
    this.append(place, attribute.serviceName);
    if (this.partOf(attribute.hostName) !== undefined) {
      this.appendByte(place, at);
      this.append(place, attribute.hostName);
    }
    checkId(place);
  }

  private partOf(code: number): AttributeSet | undefined {
    if (this.item.hasText(code)) return this.item;
    return this.resource.hasText(code) ? this.resource : undefined;
  }

  /** Where it gets too long nothing is written any more, but the length still counts. */
  private append(place: Place, code: number): boolean {
    const set = this.partOf(code);
    if (set === undefined) return false;
    const length = set.lengthOf(code);
    if (place.end + length <= maxIdBytes) {
      place.composed.set(this.body.bytes.subarray(set.startOf(code), set.endOf(code)), place.end);
    }
    place.end += length;
    return true;
  }

  private appendByte(place: Place, byte: number): void {
    if (place.end < maxIdBytes) place.composed[place.end] = byte;
    place.end++;
  }
}

function checkId(place: Place): void {
  if (place.end - place.start > maxIdBytes) fail(place, 'id_too_long');
  else if (!isText(place.bytes, place.start, place.end)) fail(place, 'id_invalid');
}

function fail(place: Place, fault: RejectReason): void {
  place.found = faulty;
  place.fault = fault;
}

/** Nearly every id is ASCII. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  let allBits = 0;
  for (let pos = start; pos < end; pos++) allBits |= bytes[pos]!;
  return allBits < 0x80 || isUtf8(bytes.subarray(start, end));
}
