import type { AgentStatus, Condition } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import {
  agentFamilies,
  leastSeriesOfAgent,
} from '../../../../src/processor/out/prometheus/agent-families.ts';
import { sampleAgent } from '../../../../src/processor/out/prometheus/agent-sample.ts';
import { AvailabilityCounters } from '../../../../src/processor/out/prometheus/availability-counters.ts';
import { countRows } from '../../../../src/processor/out/prometheus/family.ts';
import { agentView, HandmadeFleet } from '../../../support/fleet-view.ts';
import { expose, sourceOf } from './expose.ts';

/** What the fleet as a whole takes of a budget when nobody is exhausted: agents by status, omitted ones, its score. */
const fleetSeries = 13;
/** What an agent takes of which nothing is known: status, restarts, availability, operations, recent failures. */
const bare = 20;

async function chosen(fleet: HandmadeFleet, maxSeries: number) {
  const { summary, samples, valuesOf } = await expose(sourceOf(fleet, { fleetScore: () => 0.5 }), {
    maxSeries,
  });
  expect(samples).toHaveLength(summary.series);
  const restarts = samples.filter((sample) => sample.name === 'vitals_agent_restarts_total');
  return {
    summary,
    ids: restarts.map((sample) => sample.labels.vitals_agent_id),
    fleetRows: samples.filter((sample) => !sample.name.startsWith('vitals_agent_')).length,
    statusRows: samples.filter((sample) => sample.name === 'vitals_agent_status').length,
    omitted: valuesOf('vitals_processor_series_omitted_agents')[''],
  };
}

/** Agents named after what is true of them, a fine one between any two. */
function fleetOf(...unwell: (AgentStatus | Condition)[]): HandmadeFleet {
  const fleet = new HandmadeFleet();
  const conditions = ['late', 'flapping', 'maintenance', 'conflict', 'muted', 'no_heartbeat'];
  for (const [index, what] of unwell.entries()) {
    fleet.add(agentView(`fine-${index}`, { status: 'busy' }));
    if (conditions.includes(what)) fleet.add(agentView(what, { conditions: [what as Condition] }));
    else fleet.add(agentView(what, { status: what as AgentStatus }));
  }
  return fleet;
}

describe('the series budget', () => {
  it('is not touched by a fleet that fits exactly', async () => {
    const fleet = fleetOf('late', 'offline');
    const { ids, summary, omitted } = await chosen(fleet, fleetSeries + 4 * bare + 1);
    expect(ids).toHaveLength(4);
    // Nobody has a score, so there is none of the fleet.
    expect(summary.series).toBe(fleetSeries - 1 + 4 * bare + 1);
    expect(omitted).toBe(0);
  });

  it('leaves out those that are fine as soon as one series is too many', async () => {
    const fleet = fleetOf('late', 'offline');
    const { ids, fleetRows, omitted } = await chosen(fleet, fleetSeries + 4 * bare);
    expect(ids).toEqual(['offline', 'late']);
    expect(fleetRows).toBe(fleetSeries);
    expect(omitted).toBe(2);
  });

  it('takes the worst first, and among equals the lowest slot', async () => {
    const fleet = fleetOf(
      'stopped',
      'maintenance',
      'paused',
      'late',
      'flapping',
      'conflict',
      'unknown',
      'exhausted',
      'stalled',
      'error',
      'offline',
    );
    fleet.add(agentView('offline too', { status: 'offline' }));
    const order = [
      'offline',
      'offline too',
      'error',
      'stalled',
      'exhausted',
      'unknown',
      'conflict',
      'flapping',
      'late',
      'paused',
      'maintenance',
      'stopped',
    ];
    for (const fitting of [1, 2, 5, 8]) {
      // A condition is one series more: room for it, and not for one more agent.
      const { ids } = await chosen(fleet, fleetSeries + fitting * (bare + 1));
      expect(ids).toEqual(order.slice(0, fitting));
    }
    const { ids } = await chosen(fleet, fleetSeries + 12 * (bare + 1));
    expect(ids).toEqual(order);
  });

  it.each<Condition>(['muted', 'no_heartbeat'])('holds %s agents for fine', async (condition) => {
    const fleet = fleetOf(condition, 'error');
    const { ids } = await chosen(fleet, fleetSeries + 3 * bare);
    expect(ids).toEqual(['error']);
  });

  it.each<AgentStatus>(['idle', 'busy', 'on_call', 'waiting'])('holds %s agents for fine', async (status) => {
    const fleet = fleetOf(status, 'error');
    const { ids } = await chosen(fleet, fleetSeries + 3 * bare);
    expect(ids).toEqual(['error']);
  });

  it('never splits an agent', async () => {
    const fleet = fleetOf('offline', 'error', 'stalled');
    for (let maxSeries = fleetSeries; maxSeries < fleetSeries + 3 * bare; maxSeries += 1) {
      const { ids, statusRows, summary } = await chosen(fleet, maxSeries);
      expect(ids).toHaveLength(Math.floor((maxSeries - fleetSeries) / bare));
      expect(statusRows).toBe(11 * ids.length);
      expect(summary.series).toBeLessThanOrEqual(maxSeries);
    }
  });

  it.each([0, 1, fleetSeries, fleetSeries + bare - 1])(
    'of %d leaves the fleet as a whole',
    async (maxSeries) => {
      const { ids, fleetRows, omitted } = await chosen(fleetOf('offline'), maxSeries);
      expect(ids).toEqual([]);
      expect(fleetRows).toBe(fleetSeries);
      expect(omitted).toBe(2);
    },
  );

  it('chooses the same agents again', async () => {
    const fleet = new HandmadeFleet();
    for (let index = 0; index < 3000; index += 1) {
      fleet.add(agentView(`agent-${index}`, { status: index % 3 === 0 ? 'offline' : 'idle' }));
    }
    const first = await chosen(fleet, 5000);
    expect(first.ids).toHaveLength(Math.floor((5000 - fleetSeries) / bare));
    expect((await chosen(fleet, 5000)).ids).toEqual(first.ids);
  });

  it.each([fleetSeries + 3 * bare, 300_000])(
    'of %d has nobody looked at twice, so that no health is judged twice',
    async (maxSeries) => {
      const fleet = fleetOf('late', 'offline');
      const read = fleet.view.bind(fleet);
      const looks = new Map<number, number>();
      fleet.view = (slot) => {
        looks.set(slot, (looks.get(slot) ?? 0) + 1);
        return read(slot);
      };
      await chosen(fleet, maxSeries);
      expect(looks.size).toBeGreaterThan(1);
      expect(Math.max(...looks.values())).toBe(1);
    },
  );

  it('loses nobody who got well before its turn, where there is room for all', async () => {
    const fleet = fleetOf('offline', 'error');
    const read = fleet.statusOf.bind(fleet);
    let reads = 0;
    fleet.statusOf = (slot) => {
      reads += 1;
      // The survey and the ranking look at each once.
      if (reads === 2 * fleet.size + 1) fleet.change(fleet.find('offline'), { status: 'idle' });
      return read(slot);
    };
    const { ids, omitted } = await chosen(fleet, 300_000);
    expect(ids.toSorted()).toEqual(['error', 'fine-0', 'fine-1', 'offline']);
    expect(omitted).toBe(0);
  });

  it('does not take who joined meanwhile for left out', async () => {
    const fleet = fleetOf('error');
    const read = fleet.view.bind(fleet);
    fleet.view = (slot) => {
      fleet.add(agentView(`new-${fleet.size}`));
      return read(slot);
    };
    const { omitted } = await chosen(fleet, 300_000);
    expect(omitted).toBe(0);
  });

  it('skips who got well before its turn', async () => {
    const fleet = fleetOf('offline', 'error');
    const read = fleet.statusOf.bind(fleet);
    let reads = 0;
    // Each is surveyed and ranked once; after that, the offline one comes back.
    fleet.statusOf = (slot) => {
      reads += 1;
      if (reads === 2 * fleet.size + 1) fleet.change(fleet.find('offline'), { status: 'idle' });
      return read(slot);
    };
    const { ids } = await chosen(fleet, fleetSeries + 3 * bare);
    expect(ids).toEqual(['error']);
  });
});

it('knows the least that an agent takes', () => {
  const fleet = new HandmadeFleet();
  const slot = fleet.add(agentView('a'));
  const sample = sampleAgent(fleet, slot, 0, new AvailabilityCounters());
  expect(countRows(agentFamilies, sample)).toBe(leastSeriesOfAgent);
  expect(leastSeriesOfAgent).toBe(bare);
});
