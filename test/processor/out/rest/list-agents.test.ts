import { describe, expect, it } from 'vitest';
import { parseAgentsQuery } from '../../../../src/processor/out/rest/agents-query.ts';
import { createCursorCodec } from '../../../../src/processor/out/rest/cursor.ts';
import { listAgents } from '../../../../src/processor/out/rest/list-agents.ts';
import { agentView, HandmadeFleet } from '../../../support/fleet-view.ts';

const cursors = createCursorCodec();

interface Turns {
  onTurn?: () => void;
  isWanted?: () => boolean;
}

async function list(fleet: HandmadeFleet, search: string, { onTurn, isWanted = () => true }: Turns = {}) {
  let turns = 0;
  const page = await listAgents(fleet, parseAgentsQuery(new URLSearchParams(search), cursors), {
    read: (slot) => fleet.idOf(slot),
    yieldTurn: async () => {
      turns++;
      onTurn?.();
    },
    isWanted,
  });
  return page === undefined ? undefined : { ...page, turns };
}

function fleetOf(count: number, facts: (index: number) => Parameters<typeof agentView>[1] = () => ({})) {
  const fleet = new HandmadeFleet();
  for (let index = 0; index < count; index++) fleet.add(agentView(`a${index}`, facts(index)));
  return fleet;
}

/** Follows the cursors to the end. */
async function walk(fleet: HandmadeFleet, search: string, between: (page: number) => void = () => {}) {
  const met: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; ; page++) {
    const answer = await list(fleet, `${search}${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    met.push(...(answer?.agents ?? []));
    if (answer?.nextSlot == null) return met;
    cursor = cursors.encode(answer.nextSlot);
    between(page);
  }
}

describe('listAgents', () => {
  it('pages through all', async () => {
    const met = await walk(fleetOf(25), 'limit=10');
    expect(met).toEqual(Array.from({ length: 25 }, (_, index) => `a${index}`));
  });

  it('ends with null when the last page is full', async () => {
    expect(await list(fleetOf(10), 'limit=10')).toMatchObject({ total: 10, nextSlot: null });
    expect(await list(fleetOf(11), 'limit=10')).toMatchObject({ total: 11, nextSlot: 10 });
  });

  it('meets everyone who stays exactly once while others come and go', async () => {
    const fleet = fleetOf(30);
    const met = await walk(fleet, 'limit=4', (page) => {
      fleet.forget(page); // behind the cursor: its slot is given to the next one
      if (page % 2 === 0) fleet.add(agentView(`new-${page}`));
      if (page === 3) fleet.forget(25); // ahead of it
    });
    const stayed = Array.from({ length: 30 }, (_, index) => `a${index}`).filter((id) => fleet.find(id) >= 0);
    expect(stayed.length).toBeGreaterThan(20);
    expect(stayed.filter((id) => met.filter((other) => other === id).length !== 1)).toEqual([]);
    expect(met).not.toContain('a25');
  });

  it.each([
    ['status=offline', ['a2', 'a5', 'a8']],
    ['session=s1', ['a1', 'a3', 'a5', 'a7', 'a9']],
    ['session=s1&status=offline', ['a5']],
    ['type=crawler', ['a0', 'a4', 'a8']],
    ['q=A7', ['a7']],
    ['q=crawl', ['a0', 'a4', 'a8']],
    ['q=s1', ['a1', 'a3', 'a5', 'a7', 'a9']],
    ['status=stalled', []],
  ])('filters by %s and counts the matches', async (search, expected) => {
    const fleet = fleetOf(10, (index) => ({
      status: index % 3 === 2 ? 'offline' : 'busy',
      session: index % 2 === 1 ? 's1' : 's2',
      type: index % 4 === 0 ? 'crawler' : null,
    }));
    expect(await list(fleet, search)).toMatchObject({
      agents: expected,
      total: expected.length,
      nextSlot: null,
    });
    const firstTwo = await list(fleet, `${search}&limit=2`);
    expect(firstTwo).toMatchObject({ agents: expected.slice(0, 2), total: expected.length });
  });

  it('gives others their turn while it looks at many', async () => {
    const fleet = fleetOf(10_000);
    expect((await list(fleet, 'q=a9999'))?.agents).toEqual(['a9999']);
    expect((await list(fleet, 'q=a9999'))?.turns).toBeGreaterThanOrEqual(4);
    // What can be counted without looking ends with the page.
    expect((await list(fleet, 'limit=10'))?.turns).toBe(0);
    // Those that are read take longer than those that are passed over.
    expect((await list(fleet, 'limit=1000'))?.turns).toBeGreaterThanOrEqual(10);
  });

  it('survives a fleet that changes between two turns', async () => {
    const fleet = fleetOf(6_000);
    let forgotten = 0;
    const page = await list(fleet, 'q=a&limit=1000', { onTurn: () => fleet.forget(5_999 - forgotten++) });
    expect(page?.total).toBe(6_000 - forgotten);
    expect(forgotten).toBeGreaterThan(0);
  });

  it('stops when nobody waits any more', async () => {
    let looks = 0;
    expect(await list(fleetOf(10_000), 'q=x', { isWanted: () => ++looks < 2 })).toBeUndefined();
    expect(looks).toBe(2);
  });
});
