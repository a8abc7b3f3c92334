import { copyFileSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { observation } from '../../support/observe.ts';
import { waitFor } from '../../support/wait.ts';
import { begin, clockAt, newFile, statuses } from './support.ts';

describe('a store', () => {
  it('makes its folder and file, and begins with an empty fleet', async () => {
    const path = newFile();
    const { fleet, service } = await begin(path);
    expect(fleet.size).toBe(0);
    await service.stop();
    expect(readdirSync(dirname(path))).toEqual(['agent-vitals.db']);
  });

  it('restores the fleet: the living are unknown, the others what they were', async () => {
    const path = newFile();
    const first = await begin(path);
    for (const id of ['lives', 'paused', 'bye']) first.beat(id, 1);
    first.report('paused', 'paused');
    first.report('bye', 'stopped');
    await first.service.stop();
    const second = await begin(path);
    expect(statuses(second.fleet)).toEqual({ lives: 'unknown', paused: 'paused', bye: 'stopped' });
    expect(second.logged('info').map(({ message, agents }) => [message, agents])).toEqual([
      ['the fleet is restored', 3],
    ]);
  });

  it.each([
    ['on the same boot', 'a boot'],
    ['on another boot', 'another boot'],
    ['where the system names no boots', null],
  ])('hears the living though the wall clock was set ahead meanwhile: %s', async (_name, bootId) => {
    const path = newFile();
    const uptimeMs = () => performance.now();
    const first = await begin(path, { machine: () => ({ bootId: 'a boot', uptimeMs: uptimeMs() }) });
    const wallMs = first.clock.now();
    const sent = (value: number) =>
      observation('a', { signal: 'heartbeats', temporality: 2, value, timeMs: wallMs + value });
    first.fleet.apply(sent(1), first.clock.now());
    await first.service.stop();
    const machine = () => ({ bootId, uptimeMs: uptimeMs() });
    const second = await begin(path, { clock: clockAt(3_600_000), machine });
    expect(statuses(second.fleet)).toEqual({ a: 'unknown' });
    second.fleet.apply(sent(2), second.clock.now());
    expect(statuses(second.fleet)).toEqual({ a: 'idle' });
  });

  it('answers transitions the newest first, over restarts, by agent, time and page', async () => {
    const path = newFile();
    const first = await begin(path);
    first.beat('a', 1);
    first.report('a', 'busy');
    first.beat('b', 1);
    await first.service.stop();
    const { service, fleet, clock } = await begin(path);
    service.record(fleet.tick(clock.now()));
    const line = (transition: { agent: string; from: string | null; to: string; reason: string }) =>
      `${transition.agent} ${transition.from} → ${transition.to} ${transition.reason}`;
    const all = await service.transitions({ limit: 10 });
    expect(all.items.map(line)).toEqual([
      'b idle → unknown processor_restart',
      'a busy → unknown processor_restart',
      'b null → idle first_seen',
      'a idle → busy reported',
      'a null → idle first_seen',
    ]);
    expect(all.nextCursor).toBeNull();
    const page = await service.transitions({ agent: 'a', limit: 2 });
    const next = await service.transitions({ agent: 'a', limit: 2, cursor: page.nextCursor! });
    expect([...page.items, ...next.items].map(line)).toEqual(
      all.items.map(line).filter((text) => text[0] === 'a'),
    );
    const since = await service.transitions({ sinceEpochMs: all.items[1]!.atEpochMs, limit: 10 });
    expect(since.items).toHaveLength(2);
    await expect(service.transitions({ limit: 1, cursor: 'no' })).rejects.toThrow(RangeError);
  });

  it('keeps facts as soon as they are acknowledged, and small fleets with them', async () => {
    const path = newFile();
    const first = await begin(path, { snapshotIntervalMs: 3_600_000 });
    first.beat('a', 1);
    first.report('a', 'stopped');
    expect(await first.service.flushed()).toBe(true);
    expect(first.service.figures.waitingFacts).toBe(0);
    // As a crash would leave it: nothing is written at the end.
    const copy = join(temporaryFolder(), 'copy.db');
    await waitFor(() => first.fleet.changedImages === 0, { what: 'the image beside the facts' });
    copyDatabase(path, copy);
    const second = await begin(copy);
    expect(statuses(second.fleet)).toEqual({ a: 'stopped' });
    expect((await second.service.transitions({ limit: 9 })).items).toHaveLength(2);
  });

  it('does again what operators did after the last image', async () => {
    const path = newFile();
    const first = await begin(path);
    for (const id of ['paused', 'muted', 'forgotten', 'resumed']) first.beat(id, 1);
    first.fleet.beginMaintenance(first.fleet.find('resumed'), first.clock.now());
    await waitFor(() => first.service.figures.lagSeconds === 0, { what: 'the image' });
    const at = first.clock.now();
    const audit = (action: string, subject: string, detail = {}) =>
      first.service.audit({ atEpochMs: at, who: 'ops', action, subject, detail });
    // Not done to the fleet: to the images it is as if they had been taken before.
    const done = await Promise.all([
      audit('pause', 'paused'),
      audit('mute', 'muted', { untilEpochMs: at + 3_600_000 }),
      audit('forget', 'forgotten'),
      audit('resume', 'resumed'),
      audit('pause', 'nobody'),
    ]);
    expect(done).toEqual([true, true, true, true, true]);
    await first.service.stop();
    const { fleet, clock, service } = await begin(path);
    expect(Object.keys(statuses(fleet)).sort()).toEqual(['muted', 'paused', 'resumed']);
    const conditions = (id: string) => fleet.view(fleet.find(id), clock.now()).conditions;
    expect([conditions('paused'), conditions('muted'), conditions('resumed')]).toEqual([
      ['maintenance'],
      ['muted'],
      [],
    ]);
    const log = await service.auditLog({ limit: 2 });
    expect(log.items).toEqual([
      { atEpochMs: Math.trunc(at), who: 'ops', action: 'pause', subject: 'nobody', detail: {} },
      { atEpochMs: Math.trunc(at), who: 'ops', action: 'resume', subject: 'resumed', detail: {} },
    ]);
    expect((await service.auditLog({ subject: 'muted', limit: 5 })).items).toHaveLength(1);
  });

  it('goes on where the time line ended though the wall clock was set back', async () => {
    const path = newFile();
    const hourMs = 3_600_000;
    const first = await begin(path, { clock: clockAt(hourMs) });
    first.beat('a', 1);
    const endedAtMs = first.clock.now();
    await first.service.stop();
    const second = await begin(path);
    expect(second.clock.now()).toBeGreaterThanOrEqual(endedAtMs);
    expect(second.clock.now() - endedAtMs).toBeLessThan(60_000);
    expect(Math.abs(second.clock.toEpochMs(second.clock.now()) - Date.now())).toBeLessThan(1_000);
    second.beat('a', 2);
    expect(statuses(second.fleet)).toEqual({ a: 'idle' });
  });

  it('says its lag, its interval and that nothing fails', async () => {
    const { service, beat } = await begin(newFile(), { snapshotIntervalMs: 250 });
    beat('a', 1);
    await service.flushed();
    await waitFor(() => service.figures.lagSeconds === 0, { what: 'no lag' });
    expect(service.figures).toEqual({
      lagSeconds: 0,
      snapshotIntervalSeconds: 0.25,
      errors: 0,
      droppedFacts: 0,
      droppedRollups: 0,
      waitingFacts: 0,
      isFailing: false,
    });
  });

  it('knows after a restart what agents called, and how that went', async () => {
    const path = newFile();
    const first = await begin(path);
    first.beat('a', 1);
    first.request('a', 'search', 5, 'timeout');
    first.request('a', 'mail', 2);
    const before = first.fleet.integrations(first.clock.now());
    expect(before.map(({ name, status }) => [name, status])).toEqual([
      ['mail', 'healthy'],
      ['search', 'error'],
    ]);
    await first.service.stop();
    const second = await begin(path);
    expect(second.logged('error')).toEqual([]);
    expect(second.fleet.integrations(second.clock.now())).toEqual(
      before.map((view) => ({ ...view, lastUsedMs: expect.closeTo(view.lastUsedMs, -1) as number })),
    );
  });

  it('knows what its history was told of last', async () => {
    const path = newFile();
    const first = await begin(path);
    const hourAtMs = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    const told = (kind: 'agent' | 'integration', executions: number) => ({
      ...{ kind, name: 'a', resolution: 'hour' as const, atEpochMs: hourAtMs, scoreSum: 0, scoreSamples: 0 },
      ...{ scoreMin: null, executions: 1, failed: 0, stateSeconds: [] },
      told: { sinceMs: 5.5, executions, failed: 1 },
    });
    await first.service.addRollups([told('agent', 3), told('integration', 9), told('agent', 4)]);
    await first.service.stop();
    const { service } = await begin(path);
    const found: unknown[] = [];
    await service.eachTold(hourAtMs, (one) => found.push(one));
    expect(found).toEqual([
      { kind: 'agent', name: 'a', sinceMs: 5.5, executions: 4, failed: 1 },
      { kind: 'integration', name: 'a', sinceMs: 5.5, executions: 9, failed: 1 },
    ]);
    await service.eachTold(hourAtMs + 1, (one) => found.push(one));
    expect(found).toHaveLength(2);
  });

  it('stops a second processor on its file, and names the file', async () => {
    const path = newFile();
    await begin(path);
    const second = begin(path);
    await expect(second).rejects.toThrow(`Cannot use the store ${path} as it must belong to one processor`);
  });

  it('begins a new file with the whole fleet where the file is taken away under it', async () => {
    const path = newFile();
    const { service, beat, fleet, logged } = await begin(path);
    beat('a', 1);
    beat('b', 1);
    await service.flushed();
    await waitFor(() => fleet.changedImages === 0, { what: 'the image' });
    renameSync(path, `${path}.moved`);
    rmSync(`${path}-wal`);
    await waitFor(() => existsSync(path) && fleet.changedImages === 0, { what: 'a new file' });
    await service.stop();
    expect(logged('error').map(({ message }) => message)).toEqual([
      'the store was moved or removed while it was in use: a new one is begun',
    ]);
    const next = await begin(path);
    expect(statuses(next.fleet)).toEqual({ a: 'unknown', b: 'unknown' });
  });
});

/** A copy as it would be found after a crash: the database and its log, whoever has them open. */
function copyDatabase(from: string, to: string): void {
  for (const part of ['', '-wal']) if (existsSync(from + part)) copyFileSync(from + part, to + part);
}
