import { metrics } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';

// An agent as anyone can write it: OpenTelemetry alone, set up by OTEL_* variables, and the names of
// docs/conventions.md written out. It works, and beats every 200 ms, until it is killed; with each beat it has finished
// five operations, one of which failed, and asked something outside.

const sdk = new NodeSDK();
sdk.start();

const meter = metrics.getMeter('plain-agent');
const heartbeats = meter.createCounter('vitals.agent.heartbeats', { unit: '{heartbeat}' });
const states = ['idle', 'busy', 'on_call', 'waiting', 'paused', 'error', 'exhausted', 'stopped'];
meter.createObservableUpDownCounter('vitals.agent.reported.status', { unit: '1' }).addCallback((result) => {
  for (const state of states) result.observe(state === 'busy' ? 1 : 0, { 'vitals.agent.state': state });
});
meter
  .createObservableGauge('vitals.agent.heartbeat.interval', { unit: 's' })
  .addCallback((result) => result.observe(0.2));

meter
  .createObservableGauge('vitals.agent.confidence', { unit: '1' })
  .addCallback((result) => result.observe(0.9));
const operations = meter.createHistogram('vitals.agent.operation.duration', { unit: 's' });
const requests = meter.createHistogram('vitals.integration.request.duration', { unit: 's' });

setInterval(() => {
  heartbeats.add(1);
  for (let index = 0; index < 4; index += 1) operations.record(0.25, { 'vitals.operation.name': 'answer' });
  operations.record(0.5, { 'vitals.operation.name': 'answer', 'error.type': 'timeout' });
  requests.record(0.125, { 'vitals.integration.name': 'search' });
}, 200);
console.log('beating');
