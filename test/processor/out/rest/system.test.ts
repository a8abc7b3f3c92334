import { expect, it, onTestFinished } from 'vitest';
import { openApiDocument } from '../../../../src/processor/out/rest/openapi.ts';
import { expectToMatchSchema } from '../../../support/json-schema.ts';
import { Scenario } from '../../../support/observe.ts';
import { serveFleet } from '../../../support/serve-fleet.ts';

const document = openApiDocument('0') as { components: { schemas: Record<string, object> } };

async function read(scenario: Scenario) {
  const { get, failures } = await serveFleet(scenario);
  onTestFinished(() => expect(failures).toEqual([]));
  const response = await get('/api/health/system');
  expect(response.status).toBe(200);
  const answer = await response.json();
  expectToMatchSchema(answer, document.components.schemas.System!, document);
  return answer;
}

it("answers of the processor's own host where nobody tells of another", async () => {
  const scenario = new Scenario().beat('a').report('a', 'busy').beat('b').report('b', 'error');
  const answer = await read(scenario);
  expect(answer).toMatchObject({
    source: 'processor host',
    total_agents: 2,
    active_agents: 1,
    alerts: { critical: 0, warning: 0, info: 0 },
    states: { busy: 1, error: 1, idle: 0 },
  });
  expect(answer.memory_usage).toBeGreaterThan(0);
  expect(answer.memory_usage).toBeLessThan(100);
});

it('answers of the hosts that telemetry tells of', async () => {
  const scenario = new Scenario();
  scenario.apply('', { signal: 'systemCpuUtilization', value: 0.25, host: 'h1' });
  scenario.apply('', { signal: 'systemMemoryUtilization', value: 0.75, host: 'h1' });
  expect(await read(scenario)).toMatchObject({
    source: 'system metrics',
    cpu_usage: 25,
    memory_usage: 75,
    total_agents: 0,
  });
});
