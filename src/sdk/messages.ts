import { attributes as a, logEvents, type ReportedState } from '@agent-vitals/contract';
import type { Attributes } from '@opentelemetry/api';
import type { AgentFields } from './agent-fields.ts';
import type { Clock } from './clock.ts';
import { errorTypeOf } from './error-type.ts';
import { type EventRecord, processEvents, severity } from './events.ts';

/** A longer payload is left out: an event is no transport. */
export const payloadLimitCharacters = 65_536;
const errorMessageLimitCharacters = 1_024;

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
    const received = message.to === own && message.from !== own;
    if (received) this.#fields.messagesReceived++;
    else this.#fields.messagesSent++;
    const { payload } = message;
    const body = this.#payloads ? textOf(payload) : undefined;
    this.#emit(
      logEvents.message.name,
      severity.info,
      {
        [a.messageDirection]: received ? 'received' : 'sent',
        [a.messageId]: message.id ?? globalThis.crypto?.randomUUID?.(),
        [a.threadId]: message.thread,
        [a.messageFrom]: message.from ?? (received ? undefined : own),
        [a.messageTo]: message.to,
        [a.messagePayloadType]: message.payloadType ?? (payload === undefined ? undefined : typeof payload),
      },
      true,
      body !== undefined && body.length <= payloadLimitCharacters ? body : undefined,
    );
  }

  thread(thread: Thread): void {
    const status = thread.status ?? 'active';
    if (status === 'active') this.#thread = thread.id;
    else if (this.#thread === thread.id) this.#thread = undefined;
    this.#emit(
      logEvents.thread.name,
      status === 'error' ? severity.error : severity.info,
      {
        [a.threadId]: thread.id,
        [a.threadStatus]: status,
        [a.threadError]: thread.error === undefined ? undefined : errorMessageOf(thread.error),
      },
      true,
    );
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
    return String(error instanceof Error ? error.message : error).slice(0, errorMessageLimitCharacters);
  } catch {
    return 'unreadable error';
  }
}
