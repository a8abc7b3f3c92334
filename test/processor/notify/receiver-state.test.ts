import { expect, it } from 'vitest';
import { createLog } from '../../../src/processor/log.ts';
import { ReceiverState } from '../../../src/processor/notify/receiver-state.ts';
import { targetOf } from '../../../src/processor/notify/target.ts';

it('tells each reason once an outage, in whatever order they come', () => {
  const lines: string[] = [];
  const state = new ReceiverState({
    receiver: 'alertmanager',
    key: 'alerts.alertmanager.url',
    target: targetOf('http://am.example'),
    showsAnswer: true,
    log: createLog({ write: (line) => lines.push(line), now: () => 0 }),
  });
  const slow = { kind: 'failed', why: 'no answer within 10 s' } as const;
  const away = { kind: 'failed', why: 'ECONNREFUSED' } as const;
  const outage = () => {
    for (const outcome of [slow, away, slow, away, slow]) state.answered(outcome, 1, 0);
  };

  outage();
  expect(lines).toHaveLength(2);
  expect(state.figures(0)).toMatchObject({ isFailing: true, counts: { failed: 5 } });

  state.answered({ kind: 'accepted', status: 200, body: '' }, 1, 1000);
  expect(lines).toHaveLength(3);
  outage();
  expect(lines).toHaveLength(5);
});
