import { describe, expect, test } from 'vitest';
import { parseEndpoint } from '../../../src/processor/config/endpoint.ts';
import { assertBindAllowed, type ListenerKey, type Role } from '../../../src/processor/http/index.ts';

const assertAllowed = (endpoint: string, roles: readonly Role[], key: ListenerKey) =>
  assertBindAllowed(
    parseEndpoint(endpoint)!,
    roles.map((role) => ({ role })),
    key,
  );

describe('a listener', () => {
  test.for([
    ['127.0.0.1:8080', [], 'http.endpoint'],
    ['127.9.9.9:0', [], 'http.endpoint'],
    ['[::1]:4318', [], 'receivers.otlp.http.endpoint'],
    ['localhost:4318', [], 'receivers.otlp.http.endpoint'],
    ['0.0.0.0:8080', ['read'], 'http.endpoint'],
    ['[::]:8080', ['operator'], 'http.endpoint'],
    ['vitals.example:4318', ['read', 'ingest'], 'receivers.otlp.http.endpoint'],
    ['0.0.0.0:4317', ['ingest'], 'receivers.otlp.grpc.endpoint'],
  ] as const)('may bind %s with tokens of %j as %s', ([endpoint, roles, key]) => {
    expect(() => assertAllowed(endpoint, roles, key)).not.toThrow();
  });

  test.for([
    ['0.0.0.0:8080', [], 'http.endpoint'],
    ['[::]:8080', ['ingest'], 'http.endpoint'],
    ['10.0.0.1:8080', ['ingest'], 'http.endpoint'],
    ['[::ffff:10.0.0.1]:8080', [], 'http.endpoint'],
    ['vitals.example:4318', [], 'receivers.otlp.http.endpoint'],
    ['0.0.0.0:4318', ['read', 'operator'], 'receivers.otlp.http.endpoint'],
    ['0.0.0.0:4317', ['operator'], 'receivers.otlp.grpc.endpoint'],
  ] as const)('may not bind %s with tokens of %j as %s', ([endpoint, roles, key]) => {
    expect(() => assertAllowed(endpoint, roles, key)).toThrow(`Cannot use ${key} as it must be on loopback`);
  });

  test('is told the key and the fix', () => {
    expect(() => assertAllowed('0.0.0.0:8080', [], 'http.endpoint')).toThrow(
      'Cannot use http.endpoint as it must be on loopback, such as 127.0.0.1:8080, ' +
        'unless auth.tokens has a token of role read or operator: current value is 0.0.0.0:8080',
    );
  });
});
