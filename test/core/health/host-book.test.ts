import { describe, expect, it } from 'vitest';
import { HostBook } from '../../../src/core/health/host-book.ts';

const minute = 60_000;

describe('HostBook', () => {
  it('counts a host once, however many agents tell of it', () => {
    const hosts = new HostBook();
    for (let agent = 0; agent < 10; agent++) {
      hosts.note('h1', 'cpuCount', 8, 0);
      hosts.note('h1', 'memoryLimitBytes', 16e9, 0);
    }
    hosts.note('h2', 'cpuUtilization', 0.5, 0);
    expect(hosts.views(0)).toMatchObject([
      { host: 'h1', cpuCount: 8, memoryLimitBytes: 16e9, cpuUtilization: null, memoryUtilization: null },
      { host: 'h2', cpuCount: null, memoryLimitBytes: null, cpuUtilization: 0.5 },
    ]);
  });

  it('lets go of a host that is not heard of for 15 minutes', () => {
    const hosts = new HostBook();
    hosts.note('gone', 'cpuCount', 8, 0);
    hosts.note('here', 'cpuCount', 4, 0);
    hosts.note('here', 'cpuCount', 4, minute);
    expect(hosts.viewOf('gone', 15 * minute - 1)?.cpuCount).toBe(8);
    expect(hosts.viewOf('gone', 15 * minute)).toBeUndefined();
    expect(hosts.views(15 * minute).map(({ host }) => host)).toEqual(['here']);
    expect(hosts.views(16 * minute)).toEqual([]);
  });

  it('is bounded: the one unheard for longest leaves first', () => {
    const hosts = new HostBook(2);
    for (const [at, host] of ['a', 'b', 'a', 'c'].entries()) hosts.note(host, 'cpuCount', 1, at);
    expect(hosts.views(4).map(({ host }) => host)).toEqual(['a', 'c']);
  });
});
