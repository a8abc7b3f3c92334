import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AgentAnswer, agentMetricOfName } from '@agent-vitals/contract';
import { describe, expect, it, type TestContext } from 'vitest';
import { stringify } from 'yaml';
import { readCollectorConfig } from '../stack/collector-config.ts';
import { temporaryFolder } from '../support/folder.ts';
import { spawnProcess } from '../support/process.ts';
import { addressOf, freePorts, up } from '../support/processor.ts';
import { scrapedTypes } from '../support/prometheus-api.ts';
import { prometheusReceiver } from '../support/prometheus-receiver.ts';
import { requireServer, runPromtool, startPrometheus } from '../support/servers.ts';
import { waitFor } from '../support/wait.ts';

// An agent in pull mode on its way to a judgement: the SDK's own page, a real Prometheus that scrapes it by the very
// configuration that otel-collector.yaml gives to the Collector's Prometheus receiver (which is Prometheus' scraper),
// and the real processor. Only the step from Prometheus' samples to OTLP is written here, after the receiver.

const root = fileURLToPath(new URL('../..', import.meta.url));
const timeoutMs = 30_000;
const receiverConfig = () => {
  const { receivers } = readCollectorConfig(readFileSync(join(root, 'otel-collector.yaml'), 'utf8'));
  return (receivers!['prometheus/agents'] as { config: { scrape_configs: [{ job_name: string }] } }).config;
};

/** The receiver's configuration in a folder of its own, with one target that is scraped more often. */
function layOut(target: string): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'stack/targets'), { recursive: true });
  const labels = { __scrape_interval__: '500ms', __scrape_timeout__: '500ms' };
  writeFileSync(join(folder, 'stack/targets/agents.yml'), JSON.stringify([{ targets: [target], labels }]));
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, stringify(receiverConfig()));
  return file;
}

async function setUp(context: TestContext, trimsSuffixes: boolean) {
  requireServer(context, 'prometheus');
  const agent = spawnProcess(process.execPath, [
    '--conditions=@agent-vitals/source',
    '--disable-warning=ExperimentalWarning',
    join(root, 'test/support/pulled-agent.ts'),
  ]);
  const [, target] = await agent.waitForLine(/^listening (\S+)$/, timeoutMs);
  const processor = up([], {
    ...freePorts,
    AGENT_VITALS_LIVENESS_LATE_AFTER: '3s',
    AGENT_VITALS_LIVENESS_OFFLINE_AFTER: '6s',
  });
  const http = await addressOf(processor, 'http.endpoint');
  const otlp = await addressOf(processor, 'receivers.otlp.http.endpoint');
  const prometheus = await startPrometheus({ configFile: layOut(target!) });
  const handOn = prometheusReceiver(prometheus.url, otlp, {
    job: receiverConfig().scrape_configs[0].job_name,
    trimsSuffixes,
  });
  /** Hands on scrape after scrape until the processor says so of the agent. */
  const seen = (isSo: (answer: AgentAnswer) => boolean, what: string) =>
    waitFor(
      async () => {
        await handOn();
        const response = await fetch(`${http}/api/health/agent/pulled`);
        const answer = response.ok ? ((await response.json()) as AgentAnswer) : undefined;
        return answer !== undefined && isSo(answer) ? answer : undefined;
      },
      { what, timeoutMs, intervalMs: 500 },
    );
  return { agent, http, prometheus: prometheus.url, seen };
}

describe('an agent in pull mode', () => {
  it.for([false, true])(
    'is judged by what is scraped of it (trim_metric_suffixes: %s)',
    async (trims, context) => {
      const { agent, http, prometheus, seen } = await setUp(context, trims);
      const alive = await seen(
        ({ operations_completed, success_rate }) => operations_completed > 20 && success_rate !== null,
        'its operations',
      );
      expect(alive).toMatchObject({
        session_id: 'night',
        type: 'writer',
        confidence_score: 0.75,
        queue_depth: 3,
        conditions: [],
      });
      expect(['idle', 'busy', 'error']).toContain(alive.state);
      expect(alive.success_rate).toBeGreaterThan(0.7);
      expect(alive.success_rate).toBeLessThan(0.9);
      expect(alive.heartbeat.interval).toBeGreaterThanOrEqual(0.2);
      expect(alive.resources.memory_mb).toBeGreaterThan(10);

      const families = [...(await scrapedTypes(prometheus)).keys()];
      expect(families.filter((name) => agentMetricOfName(name) === undefined)).toEqual(['target_info']);

      await agent.stop('SIGKILL');
      const dead = await seen(({ state }) => state === 'offline', 'its end');
      expect(dead.operations_completed).toBeGreaterThanOrEqual(alive.operations_completed);

      const page = await (await fetch(`${http}/metrics`)).text();
      expect(page.match(/^vitals_processor_rejected_total.* [1-9]/gm)).toBeNull();
      const all = (await (await fetch(`${http}/api/health/agents`)).json()) as { total: number };
      expect(all.total).toBe(1);
    },
  );

  it('is scraped as promtool would have it', async (context) => {
    requireServer(context, 'promtool');
    const { code, stdout, stderr } = await runPromtool(['check', 'config', layOut('127.0.0.1:9464')]);
    expect(code, `${stdout}${stderr}`).toBe(0);
  });
});
