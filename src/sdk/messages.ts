import { attributes as a, logEvents, type ReportedState } from '@agent-vitals/contract';
import type { Attributes } from '@opentelemetry/api';
import type { AgentFields } from './agent-fields.ts';
import type { Clock } from './clock.ts';
import { errorTypeOf } from './error-type.ts';
import { type EventRecord, processEvents, severity } from './events.ts';
import { read } from './exhaustion/safe-read.ts';

/** A longer payload is left out: an event is no transport. */
export const payloadLimitCharacters = 65_536;
const textLimitCharacters = 1_024;

/** A message between agents. */
export interface Message {
  /** The same from both ends is one message. Default: a random one. */
  readonly id?: string | undefined;
  /** The thread it belongs to. */
  readonly thread?: string | undefined;
  /** Id of the sender. Default: this agent, unless it is the receiver. */
  readonly from?: string | undefined;
  /** Id of the receiver. */
  readonly to?: string | undefined;
  /** What kind of payload it is. Default: the JavaScript type, where there is a payload. */
  readonly payloadType?: string | undefined;
  /** Handed on only where the agent was registered with `payloads: true`; text, or written as JSON. */
  readonly payload?: unknown;
}

/** The state of a conversation. */
export interface Thread {
  readonly id: string;
  /** Default: `active`. */
  readonly status?: 'active' | 'completed' | 'error' | 'killed' | undefined;
  /** What went wrong. */
  readonly error?: unknown;
}

/** The log events of one agent. */
export class Messages {
  /** Events that no LoggerProvider took. */
  lost = 0;
  readonly #fields: AgentFields;
  readonly #clock: Clock;
  readonly #payloads: boolean;
  #thread: string | undefined;

  constructor(fields: AgentFields, clock: Clock, payloads: boolean) {
    this.#fields = fields;
    this.#clock = clock;
    this.#payloads = payloads;
  }

  message(message: Message): void {
    const own = this.#fields.id;
    const from = textAt(message, 'from');
    const to = textAt(message, 'to');
    const received = to === own && from !== own;
    if (received) this.#fields.messagesReceived++;
    else this.#fields.messagesSent++;
    const payload = read(message, 'payload');
    const type = payload === undefined ? undefined : typeof payload;
    const body = this.#payloads ? textOf(payload) : undefined;
    this.#emit(
      logEvents.message.name,
      severity.info,
      {
        [a.messageDirection]: received ? 'received' : 'sent',
        [a.messageId]: textAt(message, 'id') ?? globalThis.crypto?.randomUUID?.(),
        [a.threadId]: textAt(message, 'thread'),
        [a.messageFrom]: from ?? (received ? undefined : own),
        [a.messageTo]: to,
        [a.messagePayloadType]: textAt(message, 'payloadType') ?? type,
      },
      true,
      body !== undefined && body.length <= payloadLimitCharacters ? body : undefined,
    );
  }

  /** Returns whether there is an id to tell the thread by. */
  thread(thread: Thread): boolean {
    const id = textAt(thread, 'id');
    if (id === undefined) return false;
    const status = textAt(thread, 'status') ?? 'active';
    const error = read(thread, 'error');
    if (status === 'active') this.#thread = id;
    else if (this.#thread === id) this.#thread = undefined;
    this.#emit(
      logEvents.thread.name,
      status === 'error' ? severity.error : severity.info,
      {
        [a.threadId]: id,
        [a.threadStatus]: status,
        [a.threadError]: error === undefined ? undefined : errorMessageOf(error),
      },
      true,
    );
    return true;
  }

  /** Said of changes that need a reason; who goes from idle to busy and back is in the metrics. */
  stateChanged(state: ReportedState, reason: string | undefined, error: unknown): void {
    this.#emit(
      logEvents.stateChanged.name,
      state === 'error' ? severity.error : state === 'exhausted' ? severity.warn : severity.info,
      {
        [a.agentState]: state,
        [a.stateReason]: reason ?? (error === undefined ? undefined : errorTypeOf(error)),
        [a.exceptionMessage]: error === undefined ? undefined : errorMessageOf(error),
        [a.threadId]: this.#thread,
      },
      false,
    );
  }

  #emit(
    eventName: string,
    severityNumber: number,
    attributes: Record<string, string | undefined>,
    asked: boolean,
    body?: string,
  ): void {
    const known: Attributes = { ...this.#fields.identity };
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== '') known[key] = value;
    }
    const record: EventRecord = {
      eventName,
      timestamp: this.#clock.now(),
      severityNumber,
      attributes: known,
    };
    const onLost = () => {
      this.lost++;
    };
    processEvents().emit(body === undefined ? record : { ...record, body }, onLost, asked);
  }
}

/** A field as text; one too long is left out, since an id that is cut may be another's. */
function textAt(from: Message | Thread, key: keyof Message | keyof Thread): string | undefined {
  const value = read(from, key);
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text !== '' && text.length <= textLimitCharacters ? text : undefined;
}

function textOf(payload: unknown): string | undefined {
  if (payload === undefined || typeof payload === 'string') return payload;
  try {
    return JSON.stringify(payload);
  } catch {
    // A cycle or a BigInt: an event without its payload is better than none.
    return undefined;
  }
}

function errorMessageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, textLimitCharacters);
  } catch {
    return 'unreadable error';
  }
}
