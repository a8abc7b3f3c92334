import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../../src/processor/out/rest/openapi.ts';
import type { KeptRollup, RollupQuery } from '../../../../src/processor/store/index.ts';
import { expectToMatchSchema } from '../../../support/json-schema.ts';
import { epochMs, hour, Scenario } from '../../../support/observe.ts';
import { serveFleet } from '../../../support/serve-fleet.ts';

const document = openApiDocument('0') as { components: { schemas: Record<string, object> } };

/** A store that has one hour of one agent. */
function serve(asked: RollupQuery[] = []) {
  const kept: KeptRollup = {
    atEpochMs: Math.floor(epochMs / hour) * hour,
    scoreSum: 45,
    scoreSamples: 60,
    scoreMin: 0.4,
    executions: 20,
    failed: 5,
    observedSeconds: 0,
    stateSeconds: [0, 600, 0, 0, 0, 0, 0, 0, 0, 0, 1800],
  };
  return serveFleet(new Scenario(), {
    rollups: async (query) => {
      asked.push(query);
      return query.name === 'a' || query.kind === 'system' ? [kept] : undefined;
    },
  });
}

describe('GET /api/health/history/{type}', () => {
  it('answers in the documented shape', async () => {
    const answer = await (await (await serve()).get('/api/health/history/agent?entity_id=a')).json();
    expectToMatchSchema(answer, document.components.schemas.History!, document);
    expect(answer).toMatchObject({ health_type: 'agent', entity_id: 'a', days: 30, data_points: 30 });
    expect(answer.history.at(-1)).toMatchObject({
      timestamp: new Date(Math.floor(epochMs / (24 * hour)) * 24 * hour).toISOString(),
      health_score: 0.75,
      health_score_min: 0.4,
      status: 'degraded',
      metrics: { total_executions: 20, completed: 15, failed: 5 },
      state_seconds: { offline: 600, idle: 1800 },
    });
  });

  it.each([
    ['agent?entity_id=a&days=2', 'hour', 48],
    ['agent?entity_id=a&days=3', 'hour', 3],
    ['agent?entity_id=a&days=1&resolution=minute', 'minute', 1440],
    ['system', 'hour', 30],
  ])('%s reads by the %s and has %i points', async (path, resolution, points) => {
    const asked: RollupQuery[] = [];
    const answer = await (await (await serve(asked)).get(`/api/health/history/${path}`)).json();
    expect(asked[0]?.resolution).toBe(resolution);
    expect(answer.data_points).toBe(points);
  });

  it.each([
    ['agent', 400, /entity_id must name the agent/],
    ['agent?entity_id=a&days=0', 400, /days must be|days as it must be/],
    ['agent?entity_id=a&days=91', 400, /from 1 to 90/],
    ['agent?entity_id=a&days=2&resolution=minute', 400, /must be 1 by minutes/],
    ['agent?entity_id=a&resolution=week', 400, /one of minute, hour, day/],
    ['agent?entity_id=a&colour=red', 400, /one of entity_id, days, resolution/],
    ['system?entity_id=other', 400, /there is one system/],
    ['agent?entity_id=nobody', 404, /no history of agent nobody/],
    ['planet?entity_id=a', 404, /nothing at/],
  ])('%s is refused with %i', async (path, status, says) => {
    const response = await (await serve()).get(`/api/health/history/${path}`);
    expect(response.status).toBe(status);
    expect((await response.json()).detail).toMatch(says);
  });
});
