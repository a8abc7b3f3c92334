import {
  availabilityKinds,
  healthFactors,
  integrationStatuses,
  messageDirections,
  notificationOutcomes,
  notificationReceivers,
  operationOutcomes,
  sessionHealths,
  threadStatuses,
} from '@agent-vitals/contract';
import { expect, it } from 'vitest';

// What stands here is on the wire: a word that changes breaks every dashboard and agent that uses it.
it.each<[attribute: string, values: readonly string[], words: string]>([
  ['vitals.operation.outcome', operationOutcomes, 'success failure'],
  ['vitals.availability.kind', availabilityKinds, 'up down excluded'],
  ['vitals.health.factor', healthFactors, 'availability success confidence latency resources integrations'],
  ['vitals.session.state', sessionHealths, 'healthy degraded critical failed empty'],
  ['vitals.integration.state', integrationStatuses, 'healthy degraded error'],
  ['vitals.message.direction', messageDirections, 'sent received'],
  ['vitals.thread.status', threadStatuses, 'active completed error killed'],
  ['vitals.notification.receiver', notificationReceivers, 'alertmanager webhook'],
  ['vitals.notification.outcome', notificationOutcomes, 'sent failed refused dropped'],
])('%s has the words of the wire', (_attribute, values, words) => {
  expect(values.join(' ')).toBe(words);
});
