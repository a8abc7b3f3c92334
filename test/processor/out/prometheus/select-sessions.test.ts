import { type AgentStatus, sessionHealths, statusPrecedence } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import type { SessionCounts } from '../../../../src/core/index.ts';
import { agentView, HandmadeFleet } from '../../../support/fleet-view.ts';
import { expose, sourceOf } from './expose.ts';

/** A session with so many members of each status. */
function addSession(
  fleet: HandmadeFleet,
  session: string,
  members: Partial<Record<AgentStatus, number>>,
): void {
  for (const [status, count] of Object.entries(members)) {
    for (let index = 0; index < count; index += 1)
      fleet.add(agentView(`${session}/${status}-${index}`, { session, status: status as AgentStatus }));
  }
}

const scoreMetric = 'vitals_session_health_score_ratio';
const id = (session: string) => `vitals_session_id=${session}`;

describe('the exposition of a session', () => {
  it('has its state of all five, its score from 0 to 1 and its members by status', async () => {
    const fleet = new HandmadeFleet();
    addSession(fleet, 'night', { busy: 2, stalled: 1, offline: 1 });
    fleet.add(agentView('of no session'));
    const { valuesOf } = await expose(sourceOf(fleet));
    // Two of four are active, one is degraded, one offline: (2 × 100 + 50) / 4.
    expect(valuesOf('vitals_session_health_status')).toEqual(
      Object.fromEntries(
        sessionHealths.map((health) => [
          `${id('night')} vitals_session_state=${health}`,
          health === 'degraded' ? 1 : 0,
        ]),
      ),
    );
    expect(valuesOf(scoreMetric)).toEqual({ [id('night')]: 0.625 });
    const members: Partial<Record<AgentStatus, number>> = { busy: 2, stalled: 1, offline: 1 };
    expect(valuesOf('vitals_session_agents')).toEqual(
      Object.fromEntries(
        statusPrecedence.map((status) => [
          `${id('night')} vitals_agent_state=${status}`,
          members[status] ?? 0,
        ]),
      ),
    );
  });

  it('tells the verdict that it is given', async () => {
    const fleet = new HandmadeFleet();
    addSession(fleet, 'night', { unknown: 2 });
    const verdictOf = (session: SessionCounts) => ({
      health: session.session === 'night' ? ('failed' as const) : ('empty' as const),
      score: 12.5,
    });
    const { valuesOf } = await expose(sourceOf(fleet, { verdictOf }));
    expect(valuesOf('vitals_session_health_status')[`${id('night')} vitals_session_state=failed`]).toBe(1);
    expect(valuesOf(scoreMetric)).toEqual({ [id('night')]: 0.125 });
  });
});

describe('with more sessions than may have series', () => {
  function fleetOfAll(): HandmadeFleet {
    const fleet = new HandmadeFleet();
    addSession(fleet, 'well', { idle: 2 });
    addSession(fleet, 'empty', { paused: 1 });
    addSession(fleet, 'degraded', { idle: 1, stalled: 1 });
    addSession(fleet, 'failed', { exhausted: 1 });
    addSession(fleet, 'critical', { offline: 1 });
    addSession(fleet, 'critical too', { error: 1 });
    return fleet;
  }
  const worstFirst = ['critical', 'critical too', 'failed', 'degraded', 'empty', 'well'];

  it.each([0, 1, 2, 3, 4, 5, 6, 100])(
    '%d have them: those that are not healthy, the worst first',
    async (most) => {
      const { samples, summary } = await expose(sourceOf(fleetOfAll()), { detailedSessions: most });
      const ofSessions = samples.filter((sample) => sample.name === scoreMetric);
      expect(ofSessions.map((sample) => sample.labels.vitals_session_id)).toEqual(worstFirst.slice(0, most));
      expect(summary.series).toBe(samples.length);
    },
  );

  it('the same ones have them again', async () => {
    const fleet = new HandmadeFleet();
    for (let index = 0; index < 40; index += 1)
      addSession(fleet, `s-${index}`, index % 4 === 0 ? { offline: 1 } : { idle: 1 });
    const first = await expose(sourceOf(fleet), { detailedSessions: 15 });
    const again = await expose(sourceOf(fleet), { detailedSessions: 15 });
    const ids = Object.keys(first.valuesOf(scoreMetric));
    expect(ids).toEqual(
      [...[0, 4, 8, 12, 16, 20, 24, 28, 32, 36], ...[1, 2, 3, 5, 6]].map((index) => id(`s-${index}`)),
    );
    expect(Object.keys(again.valuesOf(scoreMetric))).toEqual(ids);
  });
});

it('are there whatever the series budget is', async () => {
  const fleet = new HandmadeFleet();
  addSession(fleet, 'night', { busy: 2 });
  const { valuesOf, summary } = await expose(sourceOf(fleet), { maxSeries: 0 });
  expect(valuesOf(scoreMetric)).toEqual({ [id('night')]: 1 });
  expect(summary.agents).toBe(0);
});

it('are written once each, though one comes back by another index during the walk', async () => {
  const fleet = new HandmadeFleet();
  for (let index = 0; index < 3000; index += 1) addSession(fleet, `s-${index}`, { idle: 1 });
  // The first session's one member is seen again in another slot, so that the session has the last index.
  const read = fleet.sessionAt.bind(fleet);
  Object.defineProperty(fleet, 'sessionLimit', { get: () => 3001 });
  fleet.sessionAt = (index) => read(index === 3000 ? 0 : index);
  const { valuesOf, samples, summary } = await expose(sourceOf(fleet), {
    detailedSessions: 5000,
    maxSeries: 0,
  });
  expect(Object.keys(valuesOf(scoreMetric))).toHaveLength(3000);
  expect(summary.series).toBe(samples.length);
});
