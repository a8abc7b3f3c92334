import { describe, expect, test } from 'vitest';
import { parseEndpoint } from '../../../src/processor/config/endpoint.ts';
import { hostOf } from '../../../src/processor/http/host-rule.ts';
import { hostRule } from '../../../src/processor/http/index.ts';

test.for([
  ['localhost', 'localhost'],
  ['localhost:8080', 'localhost'],
  ['localhost.:8080', 'localhost'],
  ['127.0.0.1:80', '127.0.0.1'],
  ['[::1]', '::1'],
  ['[::1]:8080', '::1'],
  ['Vitals.Example', 'Vitals.Example'],
  ['', undefined],
  ['::1', undefined],
  ['[::1', undefined],
  ['[::1].evil.example', undefined],
  ['localhost:8080:80', undefined],
  ['localhost:http', undefined],
  ['localhost@evil.example', undefined],
  ['localhost/evil.example', undefined],
  ['evil.example localhost', undefined],
  ['evil.example,localhost', undefined],
  [`${'a'.repeat(10)}\u0000`, undefined],
] as const)('the host of %j is %s', ([header, host]) => {
  expect(hostOf(header)).toBe(host);
});

const endpointOf = (text: string) => parseEndpoint(text)!;

describe('a listener on', () => {
  test.for([
    [
      '127.0.0.1:8080',
      ['127.0.0.1', '127.0.0.2', '::1', 'localhost', 'LocalHost', 'app.localhost'],
      [
        'evil.example',
        '10.0.0.1',
        '0.0.0.0',
        'localhost.evil.example',
        '127.0.0.1.evil.example',
        '127.1',
        '2130706433',
        'xlocalhost',
      ],
    ],
    ['localhost:8080', ['localhost', '127.0.0.1', '::1'], ['evil.example']],
    ['10.0.0.7:8080', ['10.0.0.7', 'localhost', '127.0.0.1'], ['evil.example', '10.0.0.8']],
    [
      'vitals.example:8080',
      ['vitals.example', 'VITALS.example', 'localhost'],
      ['evil.example', 'a.vitals.example', '10.0.0.8'],
    ],
    ['0.0.0.0:8080', ['10.0.0.7', '2001:db8::7', 'localhost', '127.0.0.1'], ['evil.example']],
    ['[::]:8080', ['10.0.0.7', '2001:db8::7', 'localhost', '::1'], ['evil.example']],
  ] as const)('%s answers to its own names alone', ([endpoint, own, foreign]) => {
    const { allows } = hostRule(endpointOf(endpoint));
    expect(own.filter((host) => !allows(host))).toEqual([]);
    expect(foreign.filter((host) => allows(host))).toEqual([]);
  });

  test('a name answers to the address that it is bound to as well', () => {
    const rule = hostRule(endpointOf('vitals.example:0'), { address: '10.0.0.7', port: 8080 });
    expect(rule.allows('10.0.0.7')).toBe(true);
    expect(rule.example).toBe('vitals.example:8080');
  });

  test('further names are answered to, and no others', () => {
    const { allows, remedy } = hostRule(endpointOf('0.0.0.0:8080'), undefined, ['Vitals.example.com']);
    expect(remedy).toBe(', or name it in http.allowed_hosts');
    expect(hostRule(endpointOf('0.0.0.0:4318')).remedy).toBe('');
    expect(allows('vitals.example.com')).toBe(true);
    expect(allows('www.vitals.example.com')).toBe(false);
  });
});
