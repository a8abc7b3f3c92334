import { describe, expect, it } from 'vitest';
import { createLog, type LogOptions } from '../../src/processor/log.ts';

const now = () => Date.parse('2030-01-01T00:00:00.000Z');

function linesOf(options: Partial<LogOptions>, use: (log: ReturnType<typeof createLog>) => void): string[] {
  const lines: string[] = [];
  use(createLog({ write: (line) => lines.push(line), now, ...options }));
  return lines;
}

describe('createLog', () => {
  it('writes time, level, message and fields on one line', () => {
    expect(
      linesOf({}, (log) => log.warn('slow scrape', { ms: 812, path: '/metrics', who: undefined })),
    ).toEqual(['2030-01-01T00:00:00.000Z warn  slow scrape ms=812 path=/metrics\n']);
  });

  it('writes one JSON object a line, which a field cannot disguise', () => {
    const [line] = linesOf({ format: 'json' }, (log) =>
      log.error('failed', { level: 'debug', detail: 'a\nb' }),
    );
    expect(JSON.parse(line!)).toEqual({
      time: '2030-01-01T00:00:00.000Z',
      level: 'error',
      message: 'failed',
      detail: 'a\nb',
    });
    expect(line!.indexOf('\n')).toBe(line!.length - 1);
  });

  it.each([
    ['two words', 'agent="two words"'],
    ['x level=error', 'agent="x level=error"'],
    ['x\n2030 error forged', 'agent="x\\n2030 error forged"'],
    ['\u001b[31mred', 'agent="\\u001b[31mred"'],
    ['\u202eright to left', 'agent="\\u{202e}right to left"'],
    ['', 'agent=""'],
  ])('quotes %j, so that it stays one value on one line', (agent, expected) => {
    const [line] = linesOf({}, (log) => log.info('seen', { agent }));
    expect(line).toBe(`2030-01-01T00:00:00.000Z info  seen ${expected}\n`);
  });

  it('leaves out what is below its level', () => {
    const say = (log: ReturnType<typeof createLog>) => {
      log.debug('one');
      log.info('two');
      log.warn('three');
      log.error('four');
    };
    expect(linesOf({ level: 'warn' }, say)).toHaveLength(2);
    expect(linesOf({ level: 'debug' }, say)).toHaveLength(4);
    expect(linesOf({}, say)).toHaveLength(3);
    expect(createLog({ write: () => {}, now, level: 'warn' }).isEnabled('info')).toBe(false);
  });
});
