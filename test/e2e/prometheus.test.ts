import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { metrics, prometheusName } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import { layOutPrometheus } from '../../scripts/stack/prometheus-folder.ts';
import { parseExposition } from '../support/exposition.ts';
import { temporaryFolder } from '../support/folder.ts';
import { type RunningProcess, spawnProcess } from '../support/process.ts';
import { prometheusTargets, queryPrometheus } from '../support/prometheus-api.ts';
import { requireServer, runPromtool, startPrometheus } from '../support/servers.ts';
import { waitFor } from '../support/wait.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Long enough for a scrape each second on a machine that is busy with other tests. */
const timeoutMs = 30_000;

/** The real processor in a process of its own, on free ports, with short deadlines. */
async function startProcessor(): Promise<{ http: string; otlp: string }> {
  const folder = temporaryFolder();
  const configFile = join(folder, 'agent-vitals.yaml');
  writeFileSync(
    configFile,
    `receivers: { otlp: { http: { endpoint: 127.0.0.1:0 } } }
http: { endpoint: 127.0.0.1:0 }
liveness: { late_after: 2s, offline_after: 4s }
`,
  );
  const processor = spawnProcess(
    process.execPath,
    [join(root, 'src/bin/agent-vitals.js'), 'up', '--config', configFile],
    { cwd: folder },
  );
  const address = async (key: string) => {
    const line = new RegExp(`listening key=${key.replaceAll('.', '\\.')} address=(\\S+)`);
    return (await processor.waitForLine(line, timeoutMs))[1]!;
  };
  return { http: await address('http.endpoint'), otlp: await address('receivers.otlp.http.endpoint') };
}

/** An agent in a process of its own that knows nothing but OpenTelemetry. */
async function startAgent(id: string, otlp: string): Promise<RunningProcess> {
  const agent = spawnProcess(process.execPath, [join(root, 'test/support/plain-agent.ts')], {
    env: {
      OTEL_RESOURCE_ATTRIBUTES: `vitals.agent.id=${id},vitals.session.id=night,vitals.agent.type=plain`,
      OTEL_SERVICE_NAME: 'plain-agent',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_METRIC_EXPORT_TIMEOUT: '400',
    },
  });
  await agent.waitForLine(/^beating$/, timeoutMs);
  return agent;
}

/** The repository's prometheus.yml, word for word, with targets that are scraped more often. */
function prometheusConfig(http: string): string {
  const labels = { __scrape_interval__: '1s', __scrape_timeout__: '1s' };
  const targets = { 'agent-vitals': [{ targets: [new URL(http).host], labels }] };
  return layOutPrometheus(root, join(temporaryFolder(), 'prometheus'), targets);
}

describe('a real Prometheus', () => {
  it('takes the prometheus.yml of the repository', async (context) => {
    requireServer(context, 'promtool');
    const { code, stdout, stderr } = await runPromtool(['check', 'config', join(root, 'prometheus.yml')]);
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(`${stdout}${stderr}`).not.toMatch(/warning|deprecated/i);
  });

  it('sees agents that the real OpenTelemetry SDK feeds, and one of them go offline', async (context) => {
    requireServer(context, 'prometheus');
    const processor = await startProcessor();
    const prometheus = await startPrometheus({ configFile: prometheusConfig(processor.http) });
    const doomed = await startAgent('doomed', processor.otlp);
    await startAgent('survivor', processor.otlp);

    const ask = (query: string) => queryPrometheus(prometheus.url, query);
    /** The first series of an answer, as soon as there is one. */
    const see = async (query: string) =>
      (await waitFor(async () => (await ask(query))[0], { what: query, timeoutMs })).value;

    // Status: exactly one holds, of all eleven, and every series carries the identity.
    await see('vitals_agent_status{vitals_agent_id="doomed", vitals_agent_state="busy"} == 1');
    await see('vitals_agent_status{vitals_agent_id="survivor", vitals_agent_state="busy"} == 1');
    const statuses = await ask('vitals_agent_status{vitals_agent_id="doomed"}');
    expect(statuses).toHaveLength(11);
    expect(statuses.filter((series) => series.value === 1)).toHaveLength(1);
    for (const { labels } of statuses) {
      expect(labels).toMatchObject({
        job: 'agent-vitals',
        vitals_session_id: 'night',
        vitals_agent_type: 'plain',
      });
    }
    expect(await prometheusTargets(prometheus.url)).toMatchObject([
      { scrapeUrl: `${processor.http}/metrics`, health: 'up', lastError: '' },
    ]);

    // Heartbeats: passed on as they are, and rising; seen just now.
    const beats = 'vitals_agent_heartbeats_total{vitals_agent_id="doomed"}';
    const first = await see(beats);
    expect(await see(`${beats} > ${first}`)).toBeGreaterThan(first);
    expect(
      await see('time() - vitals_agent_heartbeat_last_timestamp_seconds{vitals_agent_id="doomed"}'),
    ).toBeLessThan(10);
    expect(await see('vitals_processor_received_total > 0')).toBeGreaterThan(0);
    expect(await ask('vitals_agent_transitions_total{vitals_agent_state="offline"}')).toEqual([]);

    // What is concluded of their operations: a fifth failed, and what they call is well.
    const doomedsOwn = (name: string) => `${name}{vitals_agent_id="doomed"}`;
    await see(`${doomedsOwn('vitals_agent_operation_error_ratio')} == 0.2`);
    expect(await see(doomedsOwn('vitals_agent_operation_mean_duration_seconds'))).toBeCloseTo(0.3, 6);
    expect(await see(doomedsOwn('vitals_agent_operation_recent_failures'))).toBeGreaterThan(0);
    expect(await see(doomedsOwn('vitals_agent_confidence_ratio'))).toBe(0.9);
    // By availability, success, confidence and integrations, of the six factors: each with its weight, renormalized.
    const score = (0.35 * 1 + 0.3 * 0.8 + 0.1 * 0.9 + 0.05 * 1) / 0.8;
    await see(`abs(${doomedsOwn('vitals_agent_health_score_ratio')} - ${score}) < 0.00001`);
    await see(`abs(vitals_fleet_health_score_ratio - ${score}) < 0.00001`);
    expect(await ask(doomedsOwn('vitals_agent_health_factor_ratio'))).toHaveLength(4);
    const search = '{vitals_integration_name="search", vitals_integration_state="healthy"}';
    expect(await see(`vitals_integration_status${search}`)).toBe(1);
    expect(await see('vitals_integration_error_ratio{vitals_integration_name="search"}')).toBe(0);
    expect(
      await see('vitals_integration_mean_duration_seconds{vitals_integration_name="search"}'),
    ).toBeCloseTo(0.125, 6);

    // Their session, whole; and the machine, which no agent tells of.
    const sessionIs = (state: string) =>
      see(`vitals_session_health_status{vitals_session_id="night", vitals_session_state="${state}"} == 1`);
    await sessionIs('healthy');
    await see('vitals_session_health_score_ratio{vitals_session_id="night"} == 1');
    await see('vitals_session_agents{vitals_session_id="night", vitals_agent_state="busy"} == 2');
    await see('vitals_system_cpu_utilization_ratio > 0');
    await see('vitals_system_memory_utilization_ratio > 0');
    expect(await see('vitals_processor_series_omitted_agents')).toBe(0);
    expect(await ask('vitals_pipeline_gap')).toEqual([]);

    await doomed.stop('SIGKILL');
    const killedAt = Date.now() / 1000;

    // Offline: as status, as transition, in the fleet's count; the survivor goes on.
    await see('vitals_agent_status{vitals_agent_id="doomed", vitals_agent_state="offline"} == 1');
    expect(
      await see('vitals_agent_transitions_total{vitals_agent_id="doomed", vitals_agent_state="offline"}'),
    ).toBe(1);
    expect(await see('vitals_agent_status{vitals_agent_id="doomed", vitals_agent_state="busy"}')).toBe(0);
    expect(await see('vitals_fleet_agents{vitals_agent_state="offline"} == 1')).toBe(1);
    await see(`${doomedsOwn('vitals_agent_health_score_ratio')} == 0`);
    await see(`abs(vitals_fleet_health_score_ratio - ${score / 2}) < 0.00001`);
    await sessionIs('degraded');
    await see('vitals_session_health_score_ratio{vitals_session_id="night"} == 0.5');
    await see('vitals_session_agents{vitals_session_id="night", vitals_agent_state="offline"} == 1');
    const down = '{vitals_agent_id="doomed", vitals_availability_kind="down"}';
    await see(`increase(vitals_agent_availability_time_seconds_total${down}[20s]) > 0`);
    await see('vitals_agent_status{vitals_agent_id="survivor", vitals_agent_state="busy"} == 1');
    // Not before its deadline: 4 s after the last heartbeat that came in.
    const lastSeen = await see('vitals_agent_heartbeat_last_timestamp_seconds{vitals_agent_id="doomed"}');
    expect(Math.abs(lastSeen - killedAt)).toBeLessThan(3);
    expect(Date.now() / 1000 - lastSeen).toBeGreaterThan(4);
    const offline = 'vitals_agent_status{vitals_agent_id="doomed", vitals_agent_state="offline"} == 1';
    expect((await see(`min_over_time(timestamp(${offline})[1m:1s])`)) - lastSeen).toBeGreaterThan(3.9);
    expect(await prometheusTargets(prometheus.url)).toMatchObject([{ health: 'up', lastError: '' }]);
  });

  it('finds nothing to complain about in the real /metrics', async (context) => {
    requireServer(context, 'promtool');
    const processor = await startProcessor();
    await startAgent('one', processor.otlp);
    const body = await waitFor(
      async () => {
        const text = await (await fetch(`${processor.http}/metrics`)).text();
        return text.includes('vitals_agent_heartbeats_total{vitals_agent_id="one"') && text;
      },
      { what: 'the agent in /metrics', timeoutMs },
    );
    const { code, stdout, stderr } = await runPromtool(['check', 'metrics'], body);
    expect(`${stdout}${stderr}`).toBe('');
    expect(code).toBe(0);

    const contract = new Set(Object.values(metrics).map(prometheusName));
    const unknown = parseExposition(body).filter((family) => !contract.has(family.name));
    expect(unknown.map((family) => family.name)).toEqual([]);
  });
});
