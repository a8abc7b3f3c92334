/** Log events and their attributes, beside those of the contract. */
export const eventNames = {
  message: 'vitals.message',
  thread: 'vitals.thread',
  stateChanged: 'vitals.agent.state_changed',
} as const;

export const eventAttributes = {
  messageId: 'vitals.message.id',
  messageFrom: 'vitals.message.from',
  messageTo: 'vitals.message.to',
  messagePayloadType: 'vitals.message.payload_type',
  threadId: 'vitals.thread.id',
  threadStatus: 'vitals.thread.status',
  threadError: 'vitals.thread.error',
  stateReason: 'vitals.state.reason',
} as const;
