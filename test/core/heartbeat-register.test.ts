import { describe, expect, it } from 'vitest';
import { HeartbeatRegister } from '../../src/core/heartbeat-register.ts';

const second = 1_000;

/** Checks at these seconds; what each found, as `35 warning a 1`. */
function checks(register: HeartbeatRegister, atSeconds: number[]): string[] {
  return atSeconds.flatMap((at) =>
    Array.from(register.check(at * second), (event) => `${at} ${line(event)}`),
  );
}

function line(event: ReturnType<HeartbeatRegister['check']> extends Generator<infer Event> ? Event : never) {
  return event.kind === 'warning'
    ? `warning ${event.id} ${event.missedBeats}`
    : `timeout ${event.id} ${event.type}`;
}

const everyFive = (until: number, from = 5) =>
  Array.from({ length: (until - from) / 5 + 1 }, (_, index) => from + 5 * index);

describe('a silence', () => {
  it('is warned of once and ends as timed out at the third check beyond the timeout', () => {
    const register = new HeartbeatRegister();
    register.register('a', 'author', 0);
    expect(checks(register, everyFive(60))).toEqual(['35 warning a 1', '45 timeout a author']);
    expect(register.size).toBe(0);
  });

  it('of exactly the timeout is not beyond it', () => {
    const register = new HeartbeatRegister();
    register.register('a', '', 0);
    expect(checks(register, [30])).toEqual([]);
    expect(checks(register, [30.001])).toEqual(['30.001 warning a 1']);
  });

  it('is counted by checks, however long it is: one after a long pause of the caller is one missed beat', () => {
    const register = new HeartbeatRegister();
    register.register('a', '', 0);
    expect(checks(register, [3_600])).toEqual(['3600 warning a 1']);
    expect(register.find('a')).toMatchObject({ missedBeats: 1 });
    expect(checks(register, [3_601, 3_602])).toEqual(['3602 timeout a ']);
  });

  it('ends with a beat, and the next one is warned of again', () => {
    const register = new HeartbeatRegister();
    register.register('a', '', 0);
    expect(checks(register, [35, 40])).toEqual(['35 warning a 1']);
    expect(register.beat('a', 41 * second)).toBe(true);
    expect(register.find('a')).toMatchObject({ missedBeats: 0, lastBeatMs: 41 * second });
    expect(checks(register, everyFive(90, 45))).toEqual(['75 warning a 1', '85 timeout a ']);
  });

  it.each([
    [1, ['11 warning a 1', '11 timeout a t']],
    [2, ['11 warning a 1', '12 timeout a t']],
    [5, ['11 warning a 1', '15 timeout a t']],
  ])('with %i missed beats allowed', (maxMissedBeats, found) => {
    const register = new HeartbeatRegister({ timeoutMs: 10 * second, maxMissedBeats });
    register.register('a', 't', 0);
    expect(checks(register, [9, 10, 11, 12, 13, 14, 15, 16])).toEqual(found);
  });
});

describe('a pause', () => {
  it('is passed over by checks, outlives beats, and ends with a silence that begins afresh', () => {
    const register = new HeartbeatRegister();
    register.register('a', 't', 0);
    checks(register, [35]);
    expect(register.pause('a')).toBe(true);
    expect(register.find('a')).toMatchObject({ isPaused: true, missedBeats: 1 });
    expect(checks(register, everyFive(500, 40))).toEqual([]);
    expect(register.beat('a', 500 * second)).toBe(true);
    expect(checks(register, everyFive(600, 505))).toEqual([]);
    expect(register.find('a')).toMatchObject({ isPaused: true, missedBeats: 0 });
    expect(register.resume('a', 600 * second)).toBe(true);
    expect(register.find('a')).toMatchObject({ isPaused: false, missedBeats: 0, lastBeatMs: 600 * second });
    expect(checks(register, [630, 631])).toEqual(['631 warning a 1']);
  });

  it('that began in a silence zeroes the missed beats when it ends', () => {
    const register = new HeartbeatRegister();
    register.register('a', 't', 0);
    checks(register, [35, 40]);
    register.pause('a');
    register.resume('a', 45 * second);
    expect(checks(register, everyFive(85, 50))).toEqual(['80 warning a 1']);
  });

  it('and all that went before it is forgotten by registering anew', () => {
    const register = new HeartbeatRegister();
    register.register('a', 'old', 0);
    checks(register, [35]);
    register.pause('a');
    register.register('a', 'new', 40 * second);
    expect(register.entries()).toEqual([
      { id: 'a', type: 'new', lastBeatMs: 40 * second, missedBeats: 0, isPaused: false },
    ]);
  });
});

describe('an unknown id', () => {
  it.each([
    ['beat', (register: HeartbeatRegister) => register.beat('b', 0)],
    ['pause', (register: HeartbeatRegister) => register.pause('b')],
    ['resume', (register: HeartbeatRegister) => register.resume('b', 0)],
    ['unregister', (register: HeartbeatRegister) => register.unregister('b')],
  ])('%s tells that it did not apply', (_, call) => {
    const register = new HeartbeatRegister();
    register.register('a', '', 0);
    expect(call(register)).toBe(false);
    expect(register.size).toBe(1);
    expect(register.find('b')).toBeUndefined();
  });
});

describe('while the events of a check are taken', () => {
  const three = () => {
    const register = new HeartbeatRegister({ timeoutMs: 10 * second, maxMissedBeats: 1 });
    for (const id of ['a', 'b', 'c']) register.register(id, '', 0);
    return register;
  };
  const take = (register: HeartbeatRegister, on: (event: { kind: string; id: string }) => void): string[] => {
    const lines: string[] = [];
    for (const event of register.check(11 * second)) {
      lines.push(`${event.kind} ${event.id}`);
      on(event);
    }
    return lines;
  };

  it.each([
    [
      'unregistering itself at the warning spares it the timeout',
      (register: HeartbeatRegister, id: string) => register.unregister(id),
      ['warning a', 'warning b', 'warning c'],
    ],
    [
      'beating at the warning spares it the timeout',
      (register: HeartbeatRegister, id: string) => register.beat(id, 11 * second),
      ['warning a', 'warning b', 'warning c'],
    ],
    [
      'pausing at the warning spares it the timeout',
      (register: HeartbeatRegister, id: string) => register.pause(id),
      ['warning a', 'warning b', 'warning c'],
    ],
    [
      'replacing at the warning spares it the timeout',
      (register: HeartbeatRegister, id: string) => register.register(id, 'new', 11 * second),
      ['warning a', 'warning b', 'warning c'],
    ],
    [
      'unregistering the next one spares it everything',
      (register: HeartbeatRegister, id: string) => id === 'a' && register.unregister('b'),
      ['warning a', 'timeout a', 'warning c', 'timeout c'],
    ],
    [
      'registering others, even without end in sight, comes to an end',
      (register: HeartbeatRegister, id: string) => register.register(`${id}+`, '', 11 * second),
      ['warning a', 'timeout a', 'warning b', 'timeout b', 'warning c', 'timeout c'],
    ],
  ])('%s', (_, call, found) => {
    const register = three();
    expect(take(register, ({ kind, id }) => kind === 'warning' && call(register, id))).toEqual(found);
  });

  it('what has timed out is gone already, and may be registered again', () => {
    const register = three();
    const gone: boolean[] = [];
    take(register, ({ kind, id }) => {
      if (kind !== 'timeout') return;
      gone.push(register.find(id) === undefined);
      register.register(id, 'again', 11 * second);
    });
    expect(gone).toEqual([true, true, true]);
    expect(register.entries().map(({ id, type }) => `${id} ${type}`)).toEqual([
      'a again',
      'b again',
      'c again',
    ]);
  });
});

describe('counts', () => {
  it('are of all, and of those that have missed nothing', () => {
    const register = new HeartbeatRegister();
    for (const id of ['a', 'b', 'c']) register.register(id, '', 0);
    register.beat('b', 20 * second);
    register.pause('c');
    checks(register, [35]);
    expect([register.size, register.healthyCount]).toEqual([3, 2]);
  });

  it('are of copies: an answer does not change afterwards', () => {
    const register = new HeartbeatRegister();
    register.register('a', '', 0);
    const [entry] = register.entries();
    const found = register.find('a');
    checks(register, [35]);
    expect([entry?.missedBeats, found?.missedBeats]).toEqual([0, 0]);
  });
});
