import { describe, expect, it } from 'vitest';
import { type Alert, Inhibitor } from '../../../../src/core/index.ts';
import { type Composed, compose } from '../../../../src/processor/notify/webhook/compose.ts';
import { Groups } from '../../../../src/processor/notify/webhook/groups.ts';
import { anAlert, changeTo, resolved } from '../../../support/an-alert.ts';

const settings = { groupWaitMs: 1_000, groupIntervalMs: 60_000, repeatIntervalMs: 14_400_000 };

/** Groups with everything that a notifier does with them. */
class Book {
  readonly groups = new Groups(settings);
  readonly inhibitor = new Inhibitor();
  maxAlerts = 1_000;

  tell(nowMs: number, ...alerts: Alert[]): void {
    for (const alert of alerts) {
      const change = changeTo(alert, alert.state === 'resolved' ? 'firing' : 'pending', nowMs);
      this.inhibitor.onChange(change);
      this.groups.apply(change, nowMs);
    }
  }

  /** What is told at a moment, in words. */
  told(nowMs: number): string[] {
    return this.composed(nowMs).map(
      ({ group, alerts, truncated }) =>
        `${group}: ${alerts.map(({ name, subject, state }) => `${name}(${subject}) ${state}`).join(', ')}${truncated > 0 ? ` +${truncated}` : ''}`,
    );
  }

  composed(nowMs: number): (Composed & { group: string })[] {
    return this.groups.due(nowMs).flatMap((group) => {
      this.groups.begin(group);
      const steps = compose(group, {
        nowMs,
        repeatIntervalMs: settings.repeatIntervalMs,
        maxAlerts: this.maxAlerts,
        isInhibited: (alert) => this.inhibitor.isInhibited(alert),
      });
      let step = steps.next();
      while (step.done !== true) step = steps.next();
      this.groups.lookedAt(group, step.value !== undefined, nowMs);
      return step.value === undefined ? [] : [{ ...step.value, group: group.key }];
    });
  }
}

const agent = '{}:{scope="agent"}';
const one = anAlert({ subject: 'a-1' });
const two = anAlert({ subject: 'a-2' });
const warning = anAlert({ name: 'AgentStalled', severity: 'warning', subject: 'a-3' });
const acknowledged = (alert: Alert, untilMs = Number.POSITIVE_INFINITY): Alert => ({
  ...alert,
  acknowledgement: { by: 'ops', atMs: 0, untilMs, comment: null },
});

describe('groups of alerts', () => {
  it('are told once, after their wait, and once that it is over', () => {
    const book = new Book();
    book.tell(0, one);
    expect(book.groups.nextDueMs).toBe(1_000);
    expect(book.told(999)).toEqual([]);
    expect(book.told(1_000)).toEqual([`${agent}: AgentOffline(a-1) firing`]);
    expect(book.told(3_600_000)).toEqual([]);
    book.tell(3_600_000, resolved(one));
    expect(book.told(3_601_000)).toEqual([`${agent}: AgentOffline(a-1) resolved`]);
    expect(book.told(1e12)).toEqual([]);
    expect(book.groups.size).toBe(0);
  });

  it('are by scope and session', () => {
    const book = new Book();
    const night = anAlert({ subject: 'n-1', labels: { vitals_session_id: 'night "1"' } });
    const session = anAlert({
      name: 'SessionCritical',
      scope: 'session',
      subject: 'night "1"',
      labels: { vitals_session_id: 'night "1"' },
    });
    book.tell(0, one, night, session, two);
    expect(book.told(1_000)).toEqual([
      `${agent}: AgentOffline(a-1) firing, AgentOffline(a-2) firing`,
      '{}:{scope="agent", vitals_session_id="night \\"1\\""}: AgentOffline(n-1) firing',
      '{}:{scope="session", vitals_session_id="night \\"1\\""}: SessionCritical(night "1") firing',
    ]);
  });

  it('tell a new critical alert soon, all else after their interval, and what fires beside it', () => {
    const book = new Book();
    book.tell(0, one);
    book.told(1_000);
    book.tell(2_000, warning);
    expect(book.told(60_999)).toEqual([]);
    expect(book.told(61_000)).toEqual([`${agent}: AgentStalled(a-3) firing, AgentOffline(a-1) firing`]);
    book.tell(62_000, two);
    expect(book.told(63_000)).toEqual([
      `${agent}: AgentOffline(a-2) firing, AgentOffline(a-1) firing, AgentStalled(a-3) firing`,
    ]);
    book.tell(64_000, resolved(two));
    expect(book.told(122_999)).toEqual([]);
    expect(book.told(123_000)).toEqual([
      `${agent}: AgentOffline(a-2) resolved, AgentOffline(a-1) firing, AgentStalled(a-3) firing`,
    ]);
  });

  it('say nothing of what was over before it was told, nor of what is there again before its end was', () => {
    const book = new Book();
    book.tell(0, one);
    book.tell(500, resolved(one));
    expect(book.told(1e9)).toEqual([]);
    expect(book.groups.size).toBe(0);
    book.tell(0, one);
    book.told(1_000);
    book.tell(2_000, resolved(one));
    book.tell(3_000, one);
    expect(book.told(100_000)).toEqual([]);
  });

  it('never tell infos', () => {
    const book = new Book();
    book.tell(0, anAlert({ name: 'AgentLate', severity: 'info' }));
    expect(book.told(1e9)).toEqual([]);
    expect(book.groups.size).toBe(0);
  });

  it('repeat what still fires, unless somebody has it in hand', () => {
    const book = new Book();
    book.tell(0, one, two);
    book.told(1_000);
    book.groups.apply(changeTo(acknowledged(two), 'firing'), 2_000);
    expect(book.told(14_400_999)).toEqual([]);
    expect(book.told(14_401_000)).toEqual([`${agent}: AgentOffline(a-1) firing`]);
    book.groups.apply(changeTo(acknowledged(one), 'firing'), 14_500_000);
    expect(book.told(100_000_000)).toEqual([]);
    book.tell(100_000_000, resolved(two));
    expect(book.told(100_060_000)).toEqual([`${agent}: AgentOffline(a-2) resolved`]);
  });

  it('tell of an acknowledged alert once its acknowledgement is over', () => {
    const book = new Book();
    book.tell(0, acknowledged(one, 5_000));
    expect(book.told(1_000)).toEqual([]);
    book.groups.recheck(5_000);
    expect(book.told(6_000)).toEqual([`${agent}: AgentOffline(a-1) firing`]);
  });

  it('leave out what another alert inhibits, until that is over', () => {
    const book = new Book();
    const gap = anAlert({
      name: 'TelemetryGap',
      scope: 'pipeline',
      subject: 'edge',
      labels: { vitals_pipeline_name: 'edge' },
    });
    const behind = anAlert({ subject: 'b-1', labels: { vitals_pipeline_name: 'edge' } });
    const elsewhere = anAlert({ subject: 'e-1', labels: { vitals_pipeline_name: 'direct' } });
    book.tell(0, behind, gap, elsewhere);
    expect(book.told(1_000)).toEqual([
      `${agent}: AgentOffline(e-1) firing`,
      '{}:{scope="pipeline"}: TelemetryGap(edge) firing',
    ]);
    book.tell(2_000, resolved(gap));
    book.groups.recheck(2_000);
    expect(book.told(3_000)).toEqual([`${agent}: AgentOffline(b-1) firing, AgentOffline(e-1) firing`]);
  });

  it('tell the end of what is inhibited if its beginning was told', () => {
    const book = new Book();
    const labels = { vitals_exhausted_scope: 'acme' };
    const agents = anAlert({ name: 'AgentExhausted', severity: 'warning', subject: 'a-1', labels });
    book.tell(0, agents);
    book.told(1_000);
    book.tell(
      2_000,
      anAlert({ name: 'AccountExhausted', severity: 'warning', scope: 'account', subject: 'acme', labels }),
    );
    expect(book.told(3_000)).toEqual(['{}:{scope="account"}: AccountExhausted(acme) firing']);
    book.tell(4_000, resolved(agents));
    expect(book.told(61_000)).toEqual([`${agent}: AgentExhausted(a-1) resolved`]);
  });

  it('list no more than they may, what is new first, and count the rest', () => {
    const book = new Book();
    book.maxAlerts = 2;
    const many = [1, 2, 3, 4, 5].map((index) => anAlert({ subject: `m-${index}` }));
    book.tell(0, ...many);
    expect(book.told(1_000)).toEqual([`${agent}: AgentOffline(m-1) firing, AgentOffline(m-2) firing +3`]);
    book.tell(2_000, two);
    expect(book.told(3_000)).toEqual([`${agent}: AgentOffline(a-2) firing, AgentOffline(m-1) firing +4`]);
    // Those that were only counted are known to fire.
    book.tell(4_000, resolved(many[4]!), resolved(many[3]!), resolved(many[2]!));
    expect(book.told(64_000)).toEqual([
      `${agent}: AgentOffline(m-5) resolved, AgentOffline(m-4) resolved +4`,
    ]);
  });

  it('are told anew where they were refused, once their interval is over, as long as they fire', () => {
    const book = new Book();
    book.tell(0, one);
    book.told(1_000);
    book.groups.refused(agent, 2_000);
    expect(book.told(61_999)).toEqual([]);
    expect(book.told(62_000)).toEqual([`${agent}: AgentOffline(a-1) firing`]);
    expect(book.told(1_000_000)).toEqual([]);
  });

  it('go on after a restart as if there had been none', () => {
    const book = new Book();
    const before = (key: string) => (key === agent ? -30_000 : Number.NaN);
    book.groups.restoreTold(one, before, 0);
    book.groups.restoreTold(resolved(two), before, 0);
    book.tell(0, one, warning);
    expect(book.told(1_000)).toEqual([
      `${agent}: AgentStalled(a-3) firing, AgentOffline(a-2) resolved, AgentOffline(a-1) firing`,
    ]);
    expect(book.told(100_000)).toEqual([]);
  });

  it('have the same key for the same change, whatever the order, and another one for another', () => {
    const key = (...alerts: Alert[]) => {
      const book = new Book();
      book.tell(0, ...alerts);
      return book.composed(1_000).map((composed) => composed.key)[0];
    };
    expect(key(one, two)).toMatch(/^[0-9a-f]{32}$/);
    expect(key(one, two)).toBe(key(two, one));
    const others = [
      key(one),
      key(two),
      key(one, { ...two, firedAtMs: 1_001 }),
      key({ ...one, labels: { ...one.labels, vitals_session_id: 's' } }, two),
    ];
    expect(new Set([key(one, two), ...others]).size).toBe(5);
  });
});
