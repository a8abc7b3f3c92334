import { describe, expect, it } from 'vitest';
import { Sessions, sessionIdOf, sessionLifetimeMs } from '../../../../src/processor/out/page/sessions.ts';

const someone = { name: 'ops', role: 'operator' } as const;

describe('Sessions', () => {
  it('finds whom it began with, until the end', () => {
    let nowMs = 0;
    const sessions = new Sessions(() => nowMs);
    const id = sessions.begin(someone);
    expect(sessions.find(id)).toMatchObject(someone);
    expect(sessions.find(`${id}x`)).toBeUndefined();
    expect(sessions.find('')).toBeUndefined();
    nowMs = sessionLifetimeMs - 1;
    expect(sessions.find(id)).toBeDefined();
    nowMs = sessionLifetimeMs;
    expect(sessions.find(id)).toBeUndefined();
    nowMs = 0;
    expect(sessions.find(id)).toBeUndefined();
  });

  it('gives each an id of 256 bits', () => {
    const sessions = new Sessions(() => 0);
    const ids = new Set(Array.from({ length: 50 }, () => sessions.begin(someone)));
    expect(ids.size).toBe(50);
    for (const id of ids) expect(Buffer.from(id, 'base64url')).toHaveLength(32);
  });

  it('keeps a thousand: the oldest leaves', () => {
    const sessions = new Sessions(() => 0);
    const ids = Array.from({ length: 1_001 }, () => sessions.begin(someone));
    expect(sessions.find(ids[0]!)).toBeUndefined();
    expect(sessions.find(ids[1]!)).toBeDefined();
    expect(sessions.find(ids[1_000]!)).toBeDefined();
  });
});

describe('sessionIdOf', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['a=b', undefined],
    ['agent_vitals_session=abc', 'abc'],
    ['a=b; agent_vitals_session=abc; c=d', 'abc'],
    ['other_agent_vitals_session=abc', undefined],
    ['agent_vitals_session', undefined],
  ])('reads %j', (header, expected) => {
    expect(sessionIdOf(header)).toBe(expected);
  });
});
