import { describe, expect, it } from 'vitest';
import {
  AlertBook,
  type AlertBookOptions,
  type AlertChange,
  type AlertOverride,
  alertSettingsOf,
} from '../../../src/core/index.ts';

const dayMs = 86_400_000;
const none = () => ({});

function bookOf(
  overrides: Record<string, AlertOverride> = {},
  options: Partial<AlertBookOptions> = {},
): AlertBook {
  return new AlertBook({ settings: alertSettingsOf(overrides), ...options });
}

/** Such as "AgentOffline/a critical: inactive → firing at 5". */
function told(changes: readonly AlertChange[]): string[] {
  return changes.map(
    ({ alert, from, to, at }) => `${alert.name}/${alert.subject} ${alert.severity}: ${from} → ${to} at ${at}`,
  );
}

describe('the book of alerts', () => {
  it('opens, resolves after keep_firing_for, lists for a day', () => {
    const book = bookOf();
    expect(
      book.judge('AgentOffline', 'a', 1, () => ({ vitals_agent_id: 'a', vitals_session_id: '' }), 5000, 4000),
    ).toBe(true);
    expect(told(book.takeChanges())).toEqual(['AgentOffline/a critical: inactive → firing at 4000']);
    const [alert] = book.firing();
    expect(alert).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      name: 'AgentOffline',
      severity: 'critical',
      scope: 'agent',
      subject: 'a',
      state: 'firing',
      labels: {
        alertname: 'AgentOffline',
        severity: 'critical',
        scope: 'agent',
        subject: 'a',
        vitals_agent_id: 'a',
      },
      value: 1,
      activeAtMs: 4000,
      firedAtMs: 4000,
      resolvedAtMs: null,
      acknowledgement: null,
    });
    expect(book.judge('AgentOffline', 'a', null, none, 10_000, 9_000)).toBe(true);
    expect(book.tick(128_999)).toBe(true);
    expect(book.takeChanges()).toEqual([]);
    book.tick(130_000);
    expect(told(book.takeChanges())).toEqual(['AgentOffline/a critical: firing → resolved at 129000']);
    expect(book.find(alert!.id)).toMatchObject({ state: 'resolved', resolvedAtMs: 129_000 });
    expect([book.openCount, [...book.firing()].length, book.isOpen('AgentOffline', 'a')]).toEqual([
      0,
      0,
      false,
    ]);
    book.tick(129_000 + dayMs);
    expect(told(book.takeChanges())).toEqual([
      `AgentOffline/a critical: resolved → inactive at ${129_000 + dayMs}`,
    ]);
    expect(book.find(alert!.id)).toBeUndefined();
  });

  it('has an alert for each severity whose threshold is reached', () => {
    const book = bookOf({ QueueDeep: { forMs: 0, keepFiringForMs: 0, threshold: { critical: 150 } } });
    book.judge('QueueDeep', 'a', 100, none, 0);
    expect(book.takeChanges()).toEqual([]);
    book.judge('QueueDeep', 'a', 101, none, 1);
    book.judge('QueueDeep', 'a', 151, none, 2);
    book.judge('QueueDeep', 'a', 150, none, 3);
    expect(told(book.takeChanges())).toEqual([
      'QueueDeep/a warning: inactive → firing at 1',
      'QueueDeep/a critical: inactive → firing at 2',
      'QueueDeep/a critical: firing → resolved at 3',
    ]);
    expect([...book.firing()].map(({ value }) => value)).toEqual([150]);
    expect(book.firingCounts).toEqual({ critical: 0, warning: 1, info: 0 });
    expect([...book.openSubjects('QueueDeep')]).toEqual(['a']);
  });

  it('tells pending ones, and asks for their labels until they fire', () => {
    const book = bookOf();
    let scope = '';
    const labels = () => ({ vitals_exhausted_scope: scope });
    book.judge('AgentExhausted', 'a', 1, labels, 0);
    scope = 'acct-1';
    book.judge('AgentExhausted', 'a', 1, labels, 1000);
    book.tick(10_000);
    scope = 'acct-2';
    book.judge('AgentExhausted', 'a', 1, labels, 11_000);
    const changes = book.takeChanges();
    expect(told(changes)).toEqual([
      'AgentExhausted/a warning: inactive → pending at 0',
      'AgentExhausted/a warning: pending → firing at 10000',
    ]);
    expect(changes[0]!.alert.labels).not.toHaveProperty('vitals_exhausted_scope');
    expect([...book.firing()][0]!.labels.vitals_exhausted_scope).toBe('acct-1');
  });

  it('lists a resolved one again that was pending and did not fire', () => {
    const book = bookOf({ AgentUnhealthy: { forMs: 10, keepFiringForMs: 0 } });
    book.judge('AgentUnhealthy', 'a', 0.1, none, 0);
    book.tick(10);
    book.judge('AgentUnhealthy', 'a', 0.9, none, 20);
    book.judge('AgentUnhealthy', 'a', 0.2, none, 30);
    expect([...book.entries()].map(({ state }) => state)).toEqual(['pending']);
    book.judge('AgentUnhealthy', 'a', 0.9, none, 35);
    expect(told(book.takeChanges()).slice(2)).toEqual([
      'AgentUnhealthy/a warning: firing → resolved at 20',
      'AgentUnhealthy/a warning: inactive → pending at 30',
      'AgentUnhealthy/a warning: pending → resolved at 35',
    ]);
    expect([...book.entries()]).toMatchObject([{ state: 'resolved', firedAtMs: 10, resolvedAtMs: 20 }]);
    book.judge('AgentUnhealthy', 'a', 0.2, none, 40);
    book.tick(50);
    expect([...book.entries()]).toMatchObject([{ state: 'firing', firedAtMs: 50, resolvedAtMs: null }]);
    // The day of the former one is over, that of this one isn't.
    book.tick(20 + dayMs);
    expect([...book.entries()]).toHaveLength(1);
  });

  it('leaves what nobody can tell as it is', () => {
    const book = bookOf();
    book.judge('AgentStalled', 'a', 1, none, 0);
    for (let nowMs = 0; nowMs < dayMs; nowMs += 3_600_000) {
      expect(book.judge('AgentStalled', 'a', undefined, none, nowMs)).toBe(true);
      book.tick(nowMs);
    }
    expect(told(book.takeChanges())).toHaveLength(1);
    expect(book.judge('AgentStalled', 'b', undefined, none, 0)).toBe(false);
  });

  it('ends what is about a subject that is gone, at once', () => {
    const book = bookOf();
    book.judge('AgentOffline', 'a', 1, none, 0);
    book.judge('AgentExhausted', 'a', 1, none, 0);
    book.judge('SessionDegraded', 'a', 1, none, 0);
    book.takeChanges();
    book.forget('agent', 'a', 5, 4);
    expect(told(book.takeChanges())).toEqual([
      'AgentOffline/a critical: firing → resolved at 4',
      'AgentExhausted/a warning: pending → inactive at 4',
    ]);
    expect(book.openCount).toBe(1);
  });

  it('judges neither what is disabled nor what is PromQL alone', () => {
    const book = bookOf({ AgentOffline: { enabled: false } });
    expect(book.judge('AgentOffline', 'a', 1, none, 0)).toBe(false);
    expect(book.judge('Watchdog', 'processor', 1, none, 0)).toBe(false);
    expect(book.takeChanges()).toEqual([]);
  });

  it('does what is due bit by bit where that is asked for', () => {
    const book = bookOf();
    for (let index = 0; index < 10; index++) book.judge('AgentExhausted', String(index), 1, none, 0);
    book.takeChanges();
    expect(book.tick(10_000, 4)).toBe(false);
    expect(book.changeCount).toBe(4);
    expect(book.tick(10_000, 7)).toBe(true);
    expect(book.changeCount).toBe(10);
  });
});

describe('an acknowledgement', () => {
  function fired(): { book: AlertBook; id: string } {
    const book = bookOf({ AgentOffline: { keepFiringForMs: 10 } });
    book.judge('AgentOffline', 'a', 1, none, 0);
    return { book, id: book.takeChanges()[0]!.alert.id };
  }

  it('is kept, and said once', () => {
    const { book, id } = fired();
    const alert = book.acknowledge(id, { by: 'ops', comment: 'on it', untilMs: 500 }, 100);
    expect(alert?.acknowledgement).toEqual({ by: 'ops', comment: 'on it', atMs: 100, untilMs: 500 });
    book.acknowledge(id, { by: 'ops', comment: 'on it', untilMs: 500 }, 200);
    expect(told(book.takeChanges())).toEqual(['AgentOffline/a critical: firing → firing at 100']);
    expect(book.find(id)?.acknowledgement?.atMs).toBe(100);
    book.acknowledge(id, { by: 'lead' }, 300);
    expect(book.find(id)?.acknowledgement).toEqual({
      by: 'lead',
      comment: null,
      atMs: 300,
      untilMs: Infinity,
    });
  });

  it('runs out', () => {
    const { book, id } = fired();
    book.acknowledge(id, { by: 'ops', untilMs: 500 }, 100);
    book.tick(499);
    expect(book.find(id)?.acknowledgement).not.toBeNull();
    book.tick(600);
    expect(book.find(id)).toMatchObject({ state: 'firing', acknowledgement: null });
    expect(told(book.takeChanges())[1]).toBe('AgentOffline/a critical: firing → firing at 500');
  });

  it('is over with the alert', () => {
    const { book, id } = fired();
    book.acknowledge(id, { by: 'ops', untilMs: 500 }, 100);
    book.judge('AgentOffline', 'a', null, none, 100);
    book.tick(110);
    expect(book.find(id)).toMatchObject({ state: 'resolved', acknowledgement: null });
    expect(book.acknowledge(id, { by: 'ops' }, 120)).toMatchObject({
      state: 'resolved',
      acknowledgement: null,
    });
    book.judge('AgentOffline', 'a', 1, none, 130);
    expect(book.find(id)).toMatchObject({ state: 'firing', acknowledgement: null });
  });

  it('is taken back', () => {
    const { book, id } = fired();
    book.acknowledge(id, { by: 'ops' }, 100);
    expect(book.unacknowledge(id, 150)?.acknowledgement).toBeNull();
    book.unacknowledge(id, 160);
    expect(told(book.takeChanges())).toHaveLength(2);
  });

  it('needs an alert that is known, and an end to come', () => {
    const { book, id } = fired();
    expect(book.acknowledge('0123456789abcdef', { by: 'ops' }, 100)).toBeUndefined();
    expect(() => book.acknowledge(id, { by: 'ops', untilMs: 100 }, 100)).toThrow(
      'Cannot acknowledge an alert as until must be later than now (100): current value is 100',
    );
  });
});

describe('a book taken back', () => {
  const overrides = { AgentExhausted: { forMs: 100 }, AgentOffline: { keepFiringForMs: 50 } };

  it('goes on where it was: nothing fires or is resolved by it', () => {
    const before = bookOf(overrides);
    before.judge('AgentOffline', 'a', 1, () => ({ vitals_agent_id: 'a' }), 0);
    before.acknowledge([...before.firing()][0]!.id, { by: 'ops', untilMs: 5000 }, 1);
    before.judge('AgentOffline', 'b', 1, none, 0);
    before.judge('AgentOffline', 'b', null, none, 10);
    before.tick(60);
    before.judge('AgentExhausted', 'c', 1, none, 60);
    const saved = JSON.parse(JSON.stringify([...before.entries()])) as ReturnType<AlertBook['find']>[];
    const after = bookOf(overrides);
    after.restore(saved as never, 70);
    expect(after.takeChanges()).toEqual([]);
    expect(after.openCount).toBe(2);
    expect([...after.entries()].map(({ subject, state }) => `${subject} ${state}`).sort()).toEqual([
      'a firing',
      'b resolved',
      'c pending',
    ]);
    // Unknown at first, then as before.
    after.judge('AgentOffline', 'a', undefined, none, 80);
    after.judge('AgentExhausted', 'c', undefined, none, 80);
    after.tick(2000);
    after.judge('AgentOffline', 'a', 1, none, 2000);
    after.judge('AgentExhausted', 'c', 1, none, 2000);
    after.tick(2089);
    expect(after.takeChanges()).toEqual([]);
    // It held for 10 before the restart; what nobody saw since then doesn't count.
    after.tick(10_000);
    expect(told(after.takeChanges())).toEqual([
      'AgentExhausted/c warning: pending → firing at 2090',
      'AgentOffline/a critical: firing → firing at 5000',
    ]);
    after.tick(60 + dayMs);
    expect(told(after.takeChanges())).toEqual([
      `AgentOffline/b critical: resolved → inactive at ${60 + dayMs}`,
    ]);
  });

  it('resolves what no rule judges any more', () => {
    const before = bookOf();
    before.judge('AgentOffline', 'a', 1, none, 0);
    before.judge('AgentStalled', 'a', 1, none, 0);
    before.judge('AgentExhausted', 'a', 1, none, 0);
    const after = bookOf({
      AgentOffline: { enabled: false },
      AgentStalled: { severity: 'critical' },
      AgentExhausted: { enabled: false },
    });
    after.restore([...before.entries()], 100);
    expect(told(after.takeChanges())).toEqual([
      'AgentOffline/a critical: firing → resolved at 100',
      'AgentStalled/a warning: firing → resolved at 100',
      'AgentExhausted/a warning: pending → inactive at 100',
    ]);
    expect(after.openCount).toBe(0);
    expect(after.firingCounts).toEqual({ critical: 0, warning: 0, info: 0 });
  });
});

describe('the bounds of the book', () => {
  it('leave room for what matters more, and count what found none', () => {
    const book = bookOf({}, { maxOpen: 8 });
    for (let index = 0; index < 9; index++) book.judge('AgentLate', String(index), 1, none, 0);
    expect([book.openCount, book.refused]).toEqual([4, 5]);
    for (let index = 0; index < 9; index++) book.judge('AgentStalled', String(index), 1, none, 0);
    expect([book.openCount, book.refused]).toEqual([6, 12]);
    for (let index = 0; index < 9; index++) book.judge('AgentOffline', String(index), 1, none, 0);
    expect([book.openCount, book.refused]).toEqual([8, 19]);
    expect(book.firingCounts).toEqual({ critical: 2, warning: 2, info: 4 });
    // Those that are open are judged on, and room that is free again is used.
    book.forget('agent', '0', 5);
    expect(book.judge('AgentOffline', '8', 1, none, 6)).toBe(true);
  });

  it('let the one go that was resolved first', () => {
    const book = bookOf({ AgentLate: { keepFiringForMs: 0 } }, { maxResolved: 3 });
    for (let index = 0; index < 5; index++) book.judge('AgentLate', String(index), 1, none, index);
    for (const index of [3, 1, 4, 0, 2]) book.judge('AgentLate', String(index), null, none, 10);
    expect([...book.entries()].map(({ subject }) => subject).sort()).toEqual(['0', '2', '4']);
    expect(told(book.takeChanges()).filter((text) => text.includes('inactive at'))).toEqual([
      'AgentLate/3 info: resolved → inactive at 10',
      'AgentLate/1 info: resolved → inactive at 10',
    ]);
  });
});
