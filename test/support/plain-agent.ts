import { metrics } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';

// An agent as anyone can write it: OpenTelemetry alone, set up by OTEL_* variables, and the names of
// docs/conventions.md written out. It works, and beats every 200 ms, until it is killed.

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

setInterval(() => heartbeats.add(1), 200);
console.log('beating');
