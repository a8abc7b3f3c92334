// The values of attributes that have a fixed set of them, beside the states (states.ts).

/** How an operation ended: `vitals.operation.outcome`. */
export const operationOutcomes = ['success', 'failure'] as const;
export type OperationOutcome = (typeof operationOutcomes)[number];

/** How an agent's time counts: `vitals.availability.kind`. */
export const availabilityKinds = ['up', 'down', 'excluded'] as const;
export type AvailabilityKind = (typeof availabilityKinds)[number];

/** The factors that make an agent's health, in the order they are shown: `vitals.health.factor`. */
export const healthFactors = [
  'availability',
  'success',
  'confidence',
  'latency',
  'resources',
  'integrations',
] as const;
export type HealthFactorName = (typeof healthFactors)[number];

/** How a session fares as a whole: `vitals.session.state`. */
export const sessionHealths = ['healthy', 'degraded', 'critical', 'failed', 'empty'] as const;
export type SessionHealth = (typeof sessionHealths)[number];

/** How something outside fares that agents call: `vitals.integration.state`. */
export const integrationStatuses = ['healthy', 'degraded', 'error'] as const;
export type IntegrationStatus = (typeof integrationStatuses)[number];

/** Which way a message went, as the agent that tells of it sees it: `vitals.message.direction`. */
export const messageDirections = ['sent', 'received'] as const;
export type MessageDirection = (typeof messageDirections)[number];

/** How a conversation stands: `vitals.thread.status`. */
export const threadStatuses = ['active', 'completed', 'error', 'killed'] as const;
export type ThreadStatus = (typeof threadStatuses)[number];

/** How much an alert matters, the most first: `vitals.alert.severity`. */
export const alertSeverities = ['critical', 'warning', 'info'] as const;
export type AlertSeverity = (typeof alertSeverities)[number];

/** Who gets notifications: `vitals.notification.receiver`. */
export const notificationReceivers = ['alertmanager', 'webhook'] as const;
export type NotificationReceiver = (typeof notificationReceivers)[number];

/** What became of a notification: `vitals.notification.outcome`. One that failed is tried again. */
export const notificationOutcomes = ['sent', 'failed', 'refused', 'dropped'] as const;
export type NotificationOutcome = (typeof notificationOutcomes)[number];
