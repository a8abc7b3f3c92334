import { describe, expect, it } from 'vitest';
import { IncidentBook } from '../../../src/core/incidents/incident-book.ts';
import { minute, second } from '../../support/observe.ts';

const facts = (count: number, sinceMs = 0, recoveryAtMs: number | null = null) => ({
  sinceMs,
  count,
  recoveryAtMs,
});
const only = (book: IncidentBook) => {
  const changed = book.takeChanged();
  expect(changed).toHaveLength(1);
  return changed[0]!;
};

describe('an incident', () => {
  it('begins once, dated when it began, and names those who join later', () => {
    const book = new IncidentBook();
    book.hold('account_exhausted', 'acct-1', facts(2, 1_000, 9_000), 2_000);
    for (const agent of ['a', 'b']) book.add('account_exhausted', 'acct-1', agent);
    expect(only(book)).toMatchObject({
      kind: 'account_exhausted',
      subject: 'acct-1',
      summary: '2 agents exhausted on acct-1',
      members: ['a', 'b'],
      memberCount: 2,
      startedAtMs: 1_000,
      endedAtMs: null,
      recoveryAtMs: 9_000,
    });
    book.hold('account_exhausted', 'acct-1', facts(3, 1_500, 12_000), 3_000);
    book.add('account_exhausted', 'acct-1', 'c');
    expect(only(book)).toMatchObject({ members: ['a', 'b', 'c'], startedAtMs: 1_000, recoveryAtMs: 12_000 });
  });

  it('changes only when something has changed', () => {
    const book = new IncidentBook();
    book.hold('telemetry_gap', 'direct', facts(20), 0);
    book.add('telemetry_gap', 'direct', 'a');
    book.takeChanged();
    book.hold('telemetry_gap', 'direct', facts(20), second);
    book.hold('telemetry_gap', 'direct', facts(12), second);
    book.add('telemetry_gap', 'direct', 'a');
    expect(book.takeChanged()).toEqual([]);
  });

  it('ends once, and another begins when it comes back much later', () => {
    const book = new IncidentBook();
    book.hold('session_critical', 's', facts(3), 0);
    const first = only(book);
    book.end('session_critical', 's', minute);
    expect(only(book)).toMatchObject({ id: first.id, endedAtMs: minute });
    book.end('session_critical', 's', 2 * minute);
    expect(book.takeChanged()).toEqual([]);
    book.hold('session_critical', 's', facts(3, 10 * minute), 10 * minute);
    const second_ = only(book);
    expect([second_.id === first.id, second_.startedAtMs]).toEqual([false, 10 * minute]);
  });

  it('that comes back at once goes on', () => {
    const book = new IncidentBook();
    book.hold('session_critical', 's', facts(3), 0);
    const { id } = only(book);
    book.end('session_critical', 's', minute);
    book.tidy(2 * minute);
    book.hold('session_critical', 's', facts(4, 2 * minute), 2 * minute);
    expect(only(book)).toMatchObject({ id, startedAtMs: 0, endedAtMs: null, memberCount: 4 });
    expect(book.openCount).toBe(1);
  });

  it('lists a thousand members and says how many there were at once', () => {
    const book = new IncidentBook();
    book.hold('telemetry_gap', 'collector', facts(2_500), 0);
    for (let agent = 0; agent < 2_500; agent++) book.add('telemetry_gap', 'collector', `agent-${agent}`);
    const { members, memberCount, summary } = only(book);
    expect([members.length, memberCount, summary]).toEqual([
      1_000,
      2_500,
      'No telemetry by collector: 2500 agents unknown',
    ]);
  });

  it('goes on after it was taken back, and is not begun anew', () => {
    const book = new IncidentBook();
    book.hold('account_exhausted', 'acct', facts(2, 5), 10);
    book.add('account_exhausted', 'acct', 'a');
    const kept = only(book);
    const next = new IncidentBook();
    next.restore(kept);
    next.hold('account_exhausted', 'acct', facts(2, 99), 100);
    expect(next.takeChanged()).toEqual([]);
    next.add('account_exhausted', 'acct', 'b');
    expect(only(next)).toEqual({ ...kept, members: ['a', 'b'] });
    expect(next.openOf('account_exhausted')).toEqual(['acct']);
  });

  it('is not begun where too many go on, and counted', () => {
    const book = new IncidentBook();
    for (let session = 0; session < 10_003; session++)
      book.hold('session_critical', `s-${session}`, facts(1), 0);
    expect([book.openCount, book.dropped]).toEqual([10_000, 3]);
    book.end('session_critical', 's-0', 1);
    book.hold('session_critical', 's-10002', facts(1), 1);
    expect(book.isOpen('session_critical', 's-10002')).toBe(true);
  });

  it('that is over leaves the book, once its end was fetched', () => {
    const book = new IncidentBook();
    book.hold('session_critical', 's', facts(3), 0);
    book.end('session_critical', 's', second);
    book.tidy(10 * minute);
    expect(only(book).endedAtMs).toBe(second);
    book.tidy(10 * minute);
    book.markAllChanged();
    expect(book.takeChanged()).toEqual([]);
  });
});
