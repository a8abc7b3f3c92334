import { describe, expect, it } from 'vitest';
import { targetOf, urlBelow } from '../../../src/processor/notify/target.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('targetOf', () => {
  it.each<[text: string, href: string, authorization: string | undefined, shown: string]>([
    ['http://127.0.0.1:9093', 'http://127.0.0.1:9093/', undefined, 'http://127.0.0.1:9093'],
    ['http://h:9093/am/', 'http://h:9093/am', undefined, 'http://h:9093/am'],
    ['https://u:p%40ss@h/am', 'https://h/am', basic('u:p@ss'), 'https://h/am'],
    ['https://token@h', 'https://h/', basic('token:'), 'https://h'],
    ['https://u:50%25%zz@h', 'https://h/', basic('u:50%25%zz'), 'https://h'],
    ['https://h/hook?key=k1#top', 'https://h/hook?key=k1', undefined, 'https://h/hook'],
  ])('%s goes to %s', (text, href, authorization, shown) => {
    const target = targetOf(text);
    expect([target.url.href, target.authorization, target.shown]).toEqual([href, authorization, shown]);
  });

  it('shows of a secret path the host alone', () => {
    expect(targetOf('https://hooks.example/services/T0/B0/secret', { isPathSecret: true }).shown).toBe(
      'https://hooks.example',
    );
  });

  it('names no URL in its error', () => {
    expect(() => targetOf('no url with s3cret')).toThrow(
      new TypeError('Cannot send notifications as the URL must be a valid one'),
    );
  });

  it.each([
    ['http://h', 'http://h/api/v2/alerts'],
    ['http://h/am/', 'http://h/am/api/v2/alerts'],
    ['http://h/am?tenant=a', 'http://h/am/api/v2/alerts?tenant=a'],
  ])('%s has %s below it', (text, below) => {
    expect(urlBelow(targetOf(text), '/api/v2/alerts').href).toBe(below);
  });
});
