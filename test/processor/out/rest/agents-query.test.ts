import { statusPrecedence } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import { parseAgentsQuery } from '../../../../src/processor/out/rest/agents-query.ts';
import { createCursorCodec } from '../../../../src/processor/out/rest/cursor.ts';

const cursors = createCursorCodec('mark');
const parse = (query: string) => parseAgentsQuery(new URLSearchParams(query), cursors);
const statuses = (query: string) => {
  const named = parse(query).statuses;
  return named === null ? null : statusPrecedence.filter((status) => named.has(status));
};

describe('parseAgentsQuery', () => {
  it('asks for the first hundred where nothing is said', () => {
    expect(parse('')).toEqual({
      statuses: null,
      session: null,
      type: null,
      text: null,
      limit: 100,
      firstSlot: 0,
    });
  });

  it.each([
    ['status=offline', ['offline']],
    ['status=active', ['on_call', 'busy', 'waiting']],
    ['status=error', ['exhausted', 'error', 'stalled']],
    ['status=stalled', ['stalled']],
    ['status=busy', ['busy']],
    ['status=idle&status=paused', ['paused', 'idle']],
    ['state=error', ['error']],
    ['status=error&state=stalled', ['stalled']],
    ['status=idle&state=stalled', []],
  ])('reads %s', (query, expected) => {
    expect(statuses(query)).toEqual(expected);
  });

  it('keeps session and type as they are and lowers the text', () => {
    expect(parse('session=S1&type=Crawler&q=ABC')).toMatchObject({
      session: 'S1',
      type: 'Crawler',
      text: 'abc',
    });
    expect(parse('q=').text).toBeNull();
    // An empty session is one that isn't said: agents without any.
    expect(parse('session=').session).toBe('');
  });

  it.each([1, 1000])('takes limit %d', (limit) => {
    expect(parse(`limit=${limit}`).limit).toBe(limit);
  });

  it.each([
    ['limit=0', 'limit as it must be a whole number from 1 to 1000: current value is 0'],
    ['limit=1001', 'current value is 1001'],
    ['limit=ten', 'current value is ten'],
    ['limit=1e2', 'current value is 1e2'],
    ['limit=', 'current value is '],
    ['limit=1&limit=2', 'limit as it must be given once: current count is 2'],
    [
      'status=asleep',
      'one of active, idle, error, paused, offline, unknown, stopped, exhausted, stalled, on_call',
    ],
    ['state=active', 'state as it must be one of stopped, offline'],
    ['stauts=idle', 'stauts as it must be one of status, state, session, type, q, limit, cursor'],
    ['cursor=%F0', 'cursor as it must be the next_cursor of an earlier answer'],
    ['cursor=', 'cursor as it must be the next_cursor of an earlier answer'],
  ])('refuses %s', (query, message) => {
    expect(() => parse(query)).toThrow(message);
  });
});

describe('createCursorCodec', () => {
  it.each([0, 1, 999_999])('gives slot %d back', (slot) => {
    expect(cursors.decode(cursors.encode(slot))).toBe(slot);
  });

  it('refuses a cursor of another run, whose slots were other agents', () => {
    const earlier = createCursorCodec().encode(7);
    expect(() => createCursorCodec().decode(earlier)).toThrow('begin again without it');
  });
});
