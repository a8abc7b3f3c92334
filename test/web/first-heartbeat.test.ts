import { describe, expect, it } from 'vitest';
import { reachedAt } from '../../src/web/first-heartbeat.ts';

describe('reachedAt', () => {
  it.each([
    ['http://127.0.0.1:4318', 'localhost', 'http://127.0.0.1:4318'],
    ['http://192.0.2.7:4318', 'vitals.example', 'http://192.0.2.7:4318'],
    ['http://0.0.0.0:4318', 'vitals.example', 'http://vitals.example:4318'],
    ['http://[::]:4318', '[2001:db8::7]', 'http://[2001:db8::7]:4318'],
    ['http://[::1]:4318', 'localhost', 'http://[::1]:4318'],
  ])('%s seen from the page at %s is %s', (listens, pageHost, expected) => {
    expect(reachedAt(listens, pageHost)).toBe(expected);
  });
});
