import { describe, expect, it } from 'vitest';
import { freshEmission, ManualClock, recordDiag, registerProvider, testAgent } from './collect.ts';

function setUp() {
  freshEmission();
  const collector = registerProvider();
  const clock = new ManualClock();
  const agent = testAgent({ clock });
  return { agent, clock, value: async (name: string) => (await collector.collect()).value(name) };
}

describe('progress', () => {
  it('adds steps, and takes no others', async () => {
    const said = recordDiag();
    const { agent, value } = setUp();
    agent.progress();
    agent.progress(4);
    for (const steps of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) agent.progress(steps);
    expect(await value('vitals.agent.progress')).toBe(5);
    expect(agent.complaints).toBe(4);
    expect(said).toHaveLength(1);
    expect(() => testAgent({ strict: true }).progress(-1)).toThrow('current value is -1');
  });
});

describe('confidence', () => {
  it('lies between 0 and 1', async () => {
    const { agent, value } = setUp();
    for (const confidence of [0, 1, 0.25]) agent.confidence(confidence);
    for (const confidence of [-0.1, 1.1, Number.NaN]) agent.confidence(confidence);
    expect(await value('vitals.agent.confidence')).toBe(0.25);
    expect(agent.complaints).toBe(3);
    expect(() => testAgent({ strict: true }).confidence(80)).toThrow(RangeError);
  });
});

describe('queue depth', () => {
  it('is a number, or asked for at each export', async () => {
    const { agent, value } = setUp();
    agent.queueDepth(3);
    expect(await value('vitals.agent.queue.depth')).toBe(3);
    const queue = ['a'];
    agent.queueDepth(() => queue.length);
    expect(await value('vitals.agent.queue.depth')).toBe(1);
    queue.push('b');
    expect(await value('vitals.agent.queue.depth')).toBe(2);
  });

  it('refuses a number that cannot be', () => {
    const { agent } = setUp();
    agent.queueDepth(-1);
    agent.queueDepth(Number.NaN);
    expect(agent.complaints).toBe(2);
  });

  it.each([
    ['nothing', () => undefined],
    ['a negative number', () => -1],
    ['no number', () => 'many' as unknown as number],
  ])('is unknown where the callback gives %s', async (_, depth) => {
    const { agent, value } = setUp();
    agent.queueDepth(depth);
    expect(await value('vitals.agent.queue.depth')).toBeUndefined();
  });
});

describe('a lease', () => {
  const expiry = 'vitals.agent.lease.expiry';

  it('lasts until a date, or for a while', async () => {
    const { agent, clock, value } = setUp();
    agent.lease(new Date(clock.nowMs + 60_000));
    expect(await value(expiry)).toBe(clock.nowMs / 1_000 + 60);
    agent.leaseFor(90_000);
    expect(await value(expiry)).toBe(clock.nowMs / 1_000 + 90);
  });

  it('is cut to 24 h, and says so', async () => {
    const said = recordDiag();
    const { agent, clock, value } = setUp();
    agent.leaseFor(48 * 3_600_000);
    expect(await value(expiry)).toBe(clock.nowMs / 1_000 + 86_400);
    expect(said[0]).toContain('at most 24 h ahead');
    expect(() => testAgent({ strict: true }).leaseFor(48 * 3_600_000)).toThrow(RangeError);
  });

  it('refuses what is no date', async () => {
    const { agent, value } = setUp();
    agent.lease(new Date('tomorrow'));
    agent.leaseFor(Number.NaN);
    expect(await value(expiry)).toBeUndefined();
    expect(agent.complaints).toBe(2);
  });

  it('may be ended', () => {
    const { agent } = setUp();
    agent.leaseFor(1_000);
    agent.lease(undefined);
    expect(agent.complaints).toBe(0);
  });
});
