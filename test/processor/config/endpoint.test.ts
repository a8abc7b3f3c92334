import { describe, expect, test } from 'vitest';
import {
  formatEndpoint,
  isLoopback,
  isWildcard,
  parseEndpoint,
} from '../../../src/processor/config/endpoint.ts';

describe('an endpoint', () => {
  test.for([
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['localhost:0', 'localhost', 0],
    ['[::1]:8080', '::1', 8080],
    ['[2001:db8::7]:65535', '2001:db8::7', 65_535],
    ['0.0.0.0:4318', '0.0.0.0', 4318],
    ['vitals_1.team-a.example:80', 'vitals_1.team-a.example', 80],
  ] as const)('%s is host and port, and is written so again', ([text, host, port]) => {
    expect(parseEndpoint(text)).toEqual({ host, port });
    expect(formatEndpoint({ host, port })).toBe(text);
  });

  test.for([
    '',
    ':8080',
    'localhost',
    'localhost:',
    'localhost:http',
    'localhost:-1',
    'localhost:65536',
    '127.0.0.300:80',
    '1.2.3:80',
    '::1:8080',
    '[::1]',
    '[::g]:80',
    '[127.0.0.1]:80',
    'http://localhost:80',
    'a b:80',
    'user@host:80',
  ])('%j is none', (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
  });
});

test.for([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['localhost', true],
  ['LOCALHOST', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['128.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['localhost.example', false],
  ['127.0.0.1.example', false],
] as const)('%s is loopback: %s', ([host, expected]) => {
  expect(isLoopback(host)).toBe(expected);
});

test.for([
  ['0.0.0.0', true],
  ['::', true],
  ['0:0:0:0:0:0:0:0', true],
  ['::1', false],
  ['127.0.0.1', false],
] as const)('%s is every address: %s', ([host, expected]) => {
  expect(isWildcard(host)).toBe(expected);
});
