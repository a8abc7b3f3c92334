import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Alert } from '../../../../src/core/index.ts';
import { createLog } from '../../../../src/processor/log.ts';
import { AlertSender } from '../../../../src/processor/notify/alertmanager/alert-sender.ts';
import type { PostableAlert } from '../../../../src/processor/notify/alertmanager/alertmanager-client.ts';
import { ReceiverState } from '../../../../src/processor/notify/receiver-state.ts';
import type { Outcome } from '../../../../src/processor/notify/request.ts';
import { targetOf } from '../../../../src/processor/notify/target.ts';
import { anAlert, changeTo, resolved } from '../../../support/an-alert.ts';

const accepted: Outcome = { kind: 'accepted', status: 200, body: '' };
const failed: Outcome = { kind: 'failed', why: 'no answer within 10 ms' };
const refused: Outcome = { kind: 'refused', status: 400, why: 'answered with status 400', body: 'bad label' };

beforeEach(() => {
  vi.useFakeTimers({ now: 10_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A sender to an Alertmanager that answers as it is told, on faked timers. */
function senderTo(answer: (requests: number) => Outcome = () => accepted) {
  const requests: (readonly PostableAlert[])[] = [];
  const known = new Map<string, Alert>();
  const lines: string[] = [];
  const clock = { now: () => Date.now(), toEpochMs: (atMs: number) => atMs };
  const state = new ReceiverState({
    receiver: 'alertmanager',
    key: 'alerts.alertmanager.url',
    target: targetOf('http://user:s3cret@am.example'),
    showsAnswer: true,
    log: createLog({ write: (line) => lines.push(line), now: Date.now }),
  });
  const sender = new AlertSender({
    client: {
      postAlerts: async (alerts) => {
        requests.push(alerts);
        return answer(requests.length);
      },
    },
    clock,
    context: {
      name: 'agent-vitals',
      externalUrl: 'http://vitals.example',
      textOf: ({ subject }) => ({ summary: subject, description: subject, runbookUrl: '' }),
      toEpochMs: clock.toEpochMs,
    },
    state,
    find: (id) => known.get(id),
    random: () => 0,
  });
  onTestFinished(() => sender.stop());
  const tell = (alert: Alert, from: Alert['state'] | 'inactive' = 'inactive') => {
    known.set(alert.id, alert);
    sender.onChange(changeTo(alert, from));
  };
  const subjects = () => requests.map((alerts) => alerts.map(({ labels }) => labels.subject).join(' '));
  return { sender, tell, requests, subjects, state, lines, known };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const one = anAlert({ subject: 'a-1', firedAtMs: 9_000 });

describe('the sender of alerts to Alertmanager', () => {
  it('sends again each minute for as long as it fires, with an end ahead', async () => {
    const { tell, requests } = senderTo();
    tell(one);
    await pass(50);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject([
      { startsAt: '1970-01-01T00:00:09.000Z', endsAt: '1970-01-01T00:04:10.010Z' },
    ]);
    await pass(59_900);
    expect(requests).toHaveLength(1);
    await pass(100);
    expect(requests).toHaveLength(2);
    expect(requests[1]).toMatchObject([{ endsAt: '1970-01-01T00:05:10.010Z' }]);
    await pass(600_000);
    expect(requests).toHaveLength(12);
  });

  it('sends the end for a quarter of an hour', async () => {
    const { tell, requests, sender } = senderTo();
    tell(one);
    await pass(50);
    tell(resolved(one, 10_050), 'firing');
    await pass(50);
    expect(requests).toHaveLength(2);
    expect(requests[1]).toMatchObject([{ endsAt: '1970-01-01T00:00:10.050Z' }]);
    await pass(3_600_000);
    expect(requests).toHaveLength(2 + 14);
    expect(sender.waiting).toBe(0);
  });

  it('sends what was measured last', async () => {
    const { tell, requests, known } = senderTo();
    tell(one);
    await pass(50);
    known.set(one.id, { ...one, subject: 'with other words' });
    await pass(60_000);
    expect(requests[1]![0]!.annotations.summary).toBe('with other words');
  });

  it('sends many in several requests, new ones before old ones', async () => {
    const { tell, requests, subjects } = senderTo();
    for (let index = 0; index < 600; index++) tell(anAlert({ subject: `m-${index}` }));
    await pass(50);
    expect(requests.map(({ length }) => length)).toEqual([256, 256, 88]);
    await pass(59_955);
    tell(one);
    await pass(50);
    expect(subjects()[3]!.startsWith('a-1 m-0 ')).toBe(true);
  });

  it('tries again, ever more rarely, until it is taken', async () => {
    const { tell, requests, state, lines } = senderTo((count) => (count < 4 ? failed : accepted));
    tell(one);
    await pass(50);
    expect([requests.length, state.isFailing]).toEqual([1, true]);
    await pass(500);
    expect(requests).toHaveLength(2);
    await pass(1_000);
    expect(requests).toHaveLength(3);
    tell(anAlert({ subject: 'a-2' }));
    await pass(1_900);
    expect(requests).toHaveLength(3);
    await pass(200);
    expect([requests.length, state.isFailing]).toEqual([4, false]);
    expect(requests[3]).toHaveLength(2);
    expect(state.figures(0).counts).toEqual({ sent: 2, failed: 3, refused: 0, dropped: 0 });
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toMatch(/user|s3cret/);
  });

  it('does not try again what was refused before the next minute, and says why once', async () => {
    const { tell, requests, state, lines } = senderTo(() => refused);
    tell(one);
    await pass(59_000);
    expect(requests).toHaveLength(1);
    await pass(600_000);
    expect(requests).toHaveLength(11);
    expect([state.isFailing, state.figures(0).counts.refused]).toEqual([true, 11]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('answer="bad label"');
  });

  it('begins with what fires and what was resolved of late', async () => {
    const { sender, subjects } = senderTo();
    const pending = { ...anAlert({ subject: 'p' }), state: 'pending', firedAtMs: null } as const;
    sender.start([
      one,
      pending,
      resolved(anAlert({ subject: 'young' }), 9_000),
      resolved(anAlert({ subject: 'old' }), 10_000 - 900_001),
    ]);
    await pass(50);
    expect(subjects()).toEqual(['a-1 young']);
  });

  it('says nothing of what is pending, nor of acknowledgements', async () => {
    const { tell, requests } = senderTo();
    tell({ ...one, state: 'pending', firedAtMs: null });
    await pass(100);
    expect(requests).toEqual([]);
    tell(one, 'pending');
    await pass(100);
    tell({ ...one, acknowledgement: { by: 'x', atMs: 0, untilMs: 1e9, comment: null } }, 'firing');
    await pass(100);
    expect(requests).toHaveLength(1);
  });
});
