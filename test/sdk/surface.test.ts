import { readFileSync } from 'node:fs';
import * as sdk from '@agent-vitals/sdk';
import * as bootstrap from '@agent-vitals/sdk/node';
import { expect, it, onTestFinished, vi } from 'vitest';
import { version } from '../../src/sdk/version.ts';

const root = new URL('../../src/sdk/', import.meta.url);

it('the package exports these values', () => {
  expect(Object.keys(sdk).sort()).toMatchInlineSnapshot(`
    [
      "AgentStatusError",
      "registerAgent",
    ]
  `);
});

it('the package exports these names, types included', () => {
  const source = readFileSync(new URL('index.ts', root), 'utf8');
  const names = [...source.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, , list]) =>
    list!
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== ''),
  );
  expect(names.sort()).toMatchInlineSnapshot(`
    [
      "Agent",
      "AgentOptions",
      "AgentStatusError",
      "Clock",
      "ExhaustedOptions",
      "ExhaustedReason",
      "ExhaustionVerdict",
      "Integration",
      "Message",
      "OperationOptions",
      "Outcome",
      "RecoverySource",
      "ReportedState",
      "ResponseLike",
      "Thread",
      "Work",
      "registerAgent",
    ]
  `);
});

it('the bootstrap exports these names and offers these', async () => {
  const source = readFileSync(new URL('node.ts', root), 'utf8');
  const names = [...source.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list]) =>
    list!.split(',').map((name) => name.trim().replace(/^type /, '')),
  );
  expect(names.sort()).toMatchInlineSnapshot(`
    [
      "PullAddress",
      "Vitals",
      "VitalsOptions",
      "startVitals",
    ]
  `);
  vi.stubEnv('OTEL_SDK_DISABLED', 'true');
  onTestFinished(() => void vi.unstubAllEnvs());
  const vitals = bootstrap.startVitals();
  await vitals.shutdown();
  expect(Object.keys(bootstrap)).toMatchInlineSnapshot(`
    [
      "startVitals",
    ]
  `);
  expect(Reflect.ownKeys(vitals).map(String).sort()).toMatchInlineSnapshot(`
    [
      "Symbol(Symbol.asyncDispose)",
      "flush",
      "goodbyesLost",
      "openTelemetry",
      "prometheus",
      "shutdown",
    ]
  `);
});

it('a handle offers these', () => {
  const agent = sdk.registerAgent({ id: 'surface', heartbeat: 'manual' });
  agent.stop();
  const members = Reflect.ownKeys(Object.getPrototypeOf(agent)).map(String);
  expect(members.filter((name) => name !== 'constructor').sort()).toMatchInlineSnapshot(`
    [
      "Symbol(Symbol.asyncDispose)",
      "Symbol(Symbol.dispose)",
      "beat",
      "busy",
      "complaints",
      "confidence",
      "error",
      "eventsLost",
      "exhausted",
      "id",
      "idle",
      "integration",
      "lease",
      "leaseFor",
      "message",
      "observeError",
      "observeResponse",
      "onCall",
      "operation",
      "pause",
      "progress",
      "queueDepth",
      "resume",
      "start",
      "state",
      "stop",
      "thread",
      "waiting",
      "work",
    ]
  `);
});

it('the version is that of package.json', () => {
  expect(version).toBe(JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).version);
});
