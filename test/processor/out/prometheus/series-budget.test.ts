import type { AgentStatus, Condition } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import {
  agentFamilies,
  leastSeriesOfAgent,
} from '../../../../src/processor/out/prometheus/agent-families.ts';
import { sampleAgent } from '../../../../src/processor/out/prometheus/agent-sample.ts';
import { writeExposition } from '../../../../src/processor/out/prometheus/exposition.ts';
import { countRows } from '../../../../src/processor/out/prometheus/family.ts';
import { parseExposition } from '../../../support/exposition.ts';
import { agentView, HandmadeFleet } from '../../../support/fleet-view.ts';

/** What the fleet as a whole takes of a budget when nobody is exhausted. */
const fleetSeries = 11;
/** What an agent takes of which nothing is known: status, restarts, operations. */
const bare = 14;

async function chosen(fleet: HandmadeFleet, maxSeries: number) {
  let text = '';
  const options = { nowMs: 0, toEpochMs: (atMs: number) => atMs, maxSeries };
  const summary = await writeExposition(fleet, options, async (chunk) => {
    text += chunk;
  });
  const samples = parseExposition(text).flatMap((family) => family.samples);
  expect(samples).toHaveLength(summary.series);
  const restarts = samples.filter((sample) => sample.name === 'vitals_agent_restarts_total');
  return {
    summary,
    ids: restarts.map((sample) => sample.labels.vitals_agent_id),
    fleetRows: samples.filter((sample) => sample.name === 'vitals_fleet_agents').length,
    statusRows: samples.filter((sample) => sample.name === 'vitals_agent_status').length,
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
    const { ids, summary } = await chosen(fleet, fleetSeries + 4 * bare + 1);
    expect(ids).toHaveLength(4);
    expect(summary.series).toBe(fleetSeries + 4 * bare + 1);
  });

  it('leaves out those that are fine as soon as one series is too many', async () => {
    const fleet = fleetOf('late', 'offline');
    const { ids, fleetRows } = await chosen(fleet, fleetSeries + 4 * bare);
    expect(ids).toEqual(['offline', 'late']);
    expect(fleetRows).toBe(fleetSeries);
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
      const { ids, fleetRows } = await chosen(fleetOf('offline'), maxSeries);
      expect(ids).toEqual([]);
      expect(fleetRows).toBe(fleetSeries);
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

  it('skips who got well before its turn', async () => {
    const fleet = fleetOf('offline', 'error');
    const read = fleet.statusOf.bind(fleet);
    let reads = 0;
    // Each is ranked once; after that, the offline one comes back.
    fleet.statusOf = (slot) => {
      reads += 1;
      if (reads === fleet.size + 1) fleet.change(fleet.find('offline'), { status: 'idle' });
      return read(slot);
    };
    const { ids } = await chosen(fleet, fleetSeries + 3 * bare);
    expect(ids).toEqual(['error']);
  });
});

it('knows the least that an agent takes', () => {
  const fleet = new HandmadeFleet();
  const slot = fleet.add(agentView('a'));
  expect(countRows(agentFamilies, sampleAgent(fleet, slot, 0))).toBe(leastSeriesOfAgent);
  expect(leastSeriesOfAgent).toBe(bare);
});
