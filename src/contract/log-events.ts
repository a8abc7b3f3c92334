import { attributes as a } from './attributes.ts';

export interface LogEventDefinition {
  /** The `EventName` of the log record. */
  readonly name: string;
  /** Attributes beside the identity. */
  readonly attributes: readonly string[];
  readonly description: string;
}

function logEvent(name: string, attributes: readonly string[], description: string): LogEventDefinition {
  return { name, attributes, description };
}

/** Every log event of Agent Vitals; agents emit them. */
export const logEvents = {
  message: logEvent(
    'vitals.message',
    [a.messageId, a.threadId, a.messageDirection, a.messageFrom, a.messageTo, a.messagePayloadType],
    'A message between agents; the same id from both ends is one message. The payload, where it is sent, is the body.',
  ),
  thread: logEvent(
    'vitals.thread',
    [a.threadId, a.threadStatus, a.threadError],
    'A conversation goes on or has ended.',
  ),
  stateChanged: logEvent(
    'vitals.agent.state_changed',
    [a.agentState, a.stateReason, a.exceptionMessage, a.threadId],
    'The agent is in another state, and why.',
  ),
} as const satisfies Record<string, LogEventDefinition>;
