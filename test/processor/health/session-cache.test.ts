import type { AgentAnswer, SessionAnswer } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import { SessionCache } from '../../../src/processor/health/session-cache.ts';

/** Only its list is looked at. */
function answer(agents = 0): SessionAnswer {
  return { agents: new Array<AgentAnswer>(agents) } as unknown as SessionAnswer;
}

function cache(bounds: Partial<ConstructorParameters<typeof SessionCache>[0]> = {}): SessionCache {
  return new SessionCache({ keptMs: 30_000, mostAgents: 100, mostEntries: 4, ...bounds });
}

describe('SessionCache', () => {
  it('keeps an answer for its time, by session and variant', () => {
    const kept = cache();
    const one = answer();
    kept.set('s', 'fast', '1', one, 1_000);
    expect(kept.get('s', 'fast', '1', 30_999)).toBe(one);
    expect(kept.get('s', 'detailed', '1', 2_000)).toBeUndefined();
    expect(kept.get('t', 'fast', '1', 2_000)).toBeUndefined();
    expect(kept.get('s', 'fast', '1', 31_000)).toBeUndefined();
    expect(kept.size).toBe(0);
  });

  it('keeps nothing where it is told to', () => {
    const kept = cache({ keptMs: 0 });
    kept.set('s', 'fast', '1', answer(), 0);
    expect([kept.size, kept.get('s', 'fast', '1', 0)]).toEqual([0, undefined]);
  });

  it('drops an answer whose members are others by now', () => {
    const kept = cache();
    kept.set('s', 'fast', '3 members', answer(), 0);
    expect(kept.get('s', 'fast', '2 members', 1)).toBeUndefined();
    expect(kept.size).toBe(0);
  });

  it('drops all of a session', () => {
    const kept = cache();
    for (const variant of ['fast', 'detailed']) kept.set('s', variant, '1', answer(10), 0);
    kept.set('t', 'fast', '1', answer(10), 0);
    kept.drop('s');
    kept.drop('nobody');
    expect(kept.size).toBe(1);
    expect(kept.get('s', 'fast', '1', 1)).toBeUndefined();
    expect(kept.get('t', 'fast', '1', 1)).toBeDefined();
  });

  it('is bounded in entries: who was asked for longest ago leaves', () => {
    const kept = cache({ mostEntries: 3 });
    for (const session of ['a', 'b', 'c']) kept.set(session, 'fast', '1', answer(), 0);
    kept.get('a', 'fast', '1', 1);
    kept.set('d', 'fast', '1', answer(), 1);
    expect(kept.size).toBe(3);
    expect(['a', 'b', 'c', 'd'].filter((session) => kept.get(session, 'fast', '1', 2))).toEqual([
      'a',
      'c',
      'd',
    ]);
  });

  it('is bounded in agents, whatever is replaced, dropped or out of date', () => {
    const kept = cache({ mostAgents: 100, mostEntries: 1_000 });
    for (let round = 0; round < 50; round++) {
      kept.set('same', 'fast', '1', answer(30), round);
      if (round % 3 === 0) kept.drop('same');
      if (round % 5 === 0) kept.get('same', 'fast', 'other', round);
    }
    kept.set('a', 'fast', '1', answer(30), 100);
    kept.set('b', 'fast', '1', answer(30), 100);
    expect(kept.size).toBe(3);
    kept.set('c', 'fast', '1', answer(30), 100);
    expect(kept.size).toBe(3);
    expect(kept.get('same', 'fast', '1', 101)).toBeUndefined();
    // One that is greater than all that may be kept isn't.
    kept.set('huge', 'fast', '1', answer(101), 100);
    expect(kept.size).toBe(0);
  });
});
