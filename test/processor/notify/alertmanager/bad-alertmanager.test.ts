import { describe, expect, it } from 'vitest';
import { waitFor } from '../../../support/wait.ts';
import { type SinkAnswer, startWebhookSink } from '../../../support/webhook-sink.ts';
import { begin, newFile } from '../../store/support.ts';
import { startNotifications } from '../support.ts';

describe('an Alertmanager that', () => {
  it.each<[what: string, answer: SinkAnswer, outcome: 'failed' | 'refused', why: string]>([
    ['answers 400', { status: 400, body: 'bad vitals:s3cret label' }, 'refused', 'answered with status 400'],
    ['answers 401', { status: 401 }, 'refused', 'answered with status 401'],
    ['answers 500', { status: 500 }, 'failed', 'answered with status 500'],
    ['is slow', 'never', 'failed', 'no answer within 200 ms'],
  ])('%s is said once, counted, and harms nothing', async (_what, answer, outcome, why) => {
    const sink = await startWebhookSink();
    sink.answer(answer);
    const { service } = await begin(newFile());
    const url = sink.url.replace('://', '://vitals:s3cret@');
    // Whoever is to answer has the time for it, on a busy machine too.
    const timeout = answer === 'never' ? '200ms' : '10s';
    const tested = await startNotifications(
      `{ alertmanager: { url: "${url}/am", timeout: ${timeout} } }`,
      service,
    );
    const alert = tested.fires('a-1');
    tested.acknowledges(alert);
    await waitFor(() => tested.count(outcome) > 0, { what: outcome });
    expect(tested.notifications.figures).toMatchObject([{ receiver: 'alertmanager', isFailing: true }]);
    expect(sink.requests[0]).toMatchObject({
      path: expect.stringMatching(/^\/am\/api\/v2\//),
      headers: { authorization: `Basic ${btoa('vitals:s3cret')}` },
    });
    const told = () => tested.lines.filter((line) => line.includes('notifications'));
    expect(told()).toHaveLength(1);
    expect(told()[0]).toContain(why);
    expect(told()[0]).toContain(`url=${sink.url}/am`);
    expect(tested.lines.join('')).not.toContain('s3cret');

    sink.answer({ status: 200, body: '[]' });
    if (outcome === 'failed') await waitFor(() => tested.count('sent') > 0, { what: 'success' });
  });

  it('is not there is waited for', async () => {
    const sink = await startWebhookSink();
    sink.close();
    const { service } = await begin(newFile());
    const tested = await startNotifications(`{ alertmanager: { url: "${sink.url}" } }`, service);
    tested.fires('a-1');
    await waitFor(() => tested.count('failed') > 0, { what: 'a failure' });
    const again = await startWebhookSink(Number(new URL(sink.url).port));
    await waitFor(() => tested.count('sent') === 1, { what: 'success' });
    expect(JSON.parse(again.requests.find(({ method }) => method === 'POST')!.text)).toHaveLength(1);
    expect(tested.lines.at(-1)).toContain('notifications arrive again');
  });
});
