import { describe, expect, it } from 'vitest';
import { ownHostReader, usageOfHosts } from '../../../src/processor/health/system-usage.ts';
import { hostView } from '../../support/fleet-view.ts';

describe('the usage of hosts', () => {
  it.each<[what: string, hosts: Parameters<typeof hostView>[1][], cpu: number | null, memory: number | null]>(
    [
      [
        'counts each by its capacity',
        [
          { cpuUtilization: 1, cpuCount: 2 },
          { cpuUtilization: 0, cpuCount: 6 },
        ],
        0.25,
        null,
      ],
      [
        'counts them the same where one has not told',
        [{ cpuUtilization: 1, cpuCount: 2 }, { cpuUtilization: 0 }],
        0.5,
        null,
      ],
      [
        'needs no capacity of hosts that tell no usage',
        [{ cpuUtilization: 1, cpuCount: 2 }, { cpuUtilization: 0, cpuCount: 6 }, {}],
        0.25,
        null,
      ],
      [
        'takes CPU and memory apart',
        [
          { cpuUtilization: 0.5, memoryUtilization: 0.25, memoryLimitBytes: 1 },
          { memoryUtilization: 0.75, memoryLimitBytes: 3 },
        ],
        0.5,
        0.625,
      ],
    ],
  )('%s', (_what, hosts, cpuUtilization, memoryUtilization) => {
    const views = hosts.map((facts, index) => hostView(`h-${index}`, facts));
    expect(usageOfHosts(views)).toEqual({ cpuUtilization, memoryUtilization });
  });

  it.each([[[]], [[{ cpuCount: 8, memoryLimitBytes: 1 }]]])('is not known of %j', (hosts) => {
    expect(usageOfHosts(hosts.map((facts) => hostView('h', facts)))).toBeUndefined();
  });
});

describe("the usage of the processor's own host", () => {
  it('is of the span since the last reading, a second of it at least', () => {
    let nowMs = 500;
    let times = { idle: 10_000, total: 20_000 };
    const read = ownHostReader({
      nowMs: () => nowMs,
      cpuTimes: () => times,
      memory: () => ({ free: 3, total: 12 }),
    });
    const at = (atMs: number, idle: number, total: number) => {
      nowMs = atMs;
      times = { idle, total };
      return read();
    };
    expect(at(1_499, 10_500, 22_000)).toEqual({ cpuUtilization: null, memoryUtilization: 0.75 });
    expect(at(1_500, 10_500, 22_000).cpuUtilization).toBe(0.75);
    expect(at(2_400, 12_400, 23_900).cpuUtilization).toBe(0.75);
    expect(at(2_500, 12_500, 24_000).cpuUtilization).toBe(0);
    // Where nothing was counted, as in some containers, the last reading stands.
    expect(at(9_500, 12_500, 24_000).cpuUtilization).toBe(0);
  });

  it('is unknown where the host tells of no memory', () => {
    const read = ownHostReader({
      nowMs: () => 0,
      cpuTimes: () => ({ idle: 0, total: 0 }),
      memory: () => ({ free: 0, total: 0 }),
    });
    expect(read()).toEqual({ cpuUtilization: null, memoryUtilization: null });
  });

  it('is read from the host that this runs on', () => {
    const { memoryUtilization } = ownHostReader()();
    expect(memoryUtilization).toBeGreaterThan(0);
    expect(memoryUtilization).toBeLessThan(1);
  });
});
