import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AlertAnswer } from '@agent-vitals/contract';
import type { TestContext } from 'vitest';
import { layOutPrometheus } from '../../scripts/stack/prometheus-folder.ts';
import { alertRuleFile, loadConfig } from '../../src/processor/index.ts';
import { alertmanagerConfig } from './alertmanager-config.ts';
import { temporaryFolder } from './folder.ts';
import { type Installation, startInstallation } from './installation.ts';
import {
  type RunningAlertmanager,
  type RunningPrometheus,
  requireServer,
  startAlertmanager,
  startPrometheus,
} from './servers.ts';
import { startWebhookSink, type WebhookSink } from './webhook-sink.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The ways that an alert may take to somebody. */
export const ways = ['processor → Alertmanager', 'processor → webhook', 'Prometheus → Alertmanager'] as const;
export type Way = (typeof ways)[number];

/** A processor that tells an Alertmanager and a webhook, beside a Prometheus that tells another Alertmanager. */
export interface AlertStack {
  readonly installation: Installation;
  readonly prometheus: RunningPrometheus;
  /** The processor's. */
  readonly alertmanager: RunningAlertmanager;
  readonly sinks: Readonly<Record<Way, WebhookSink>>;
  /** What somebody was told of an alert by one way, each time it was told, such as `doomed firing`. */
  told(way: Way, alertname: string): string[];
  /** What REST lists. */
  alerts(): Promise<AlertAnswer[]>;
}

export interface AlertStackOptions {
  /** YAML of the configuration beside its alerts. */
  readonly config: string;
  /** YAML of `alerts.rules`. */
  readonly rules: string;
  /** Of every group of rules. */
  readonly evaluationInterval?: string;
  /** Answers of the webhook are the test's business then. */
  readonly webhookUrl?: string;
}

/**
 * Starts all of it for real, with the repository's own files: rules generated with the configuration's overrides and a
 * short interval, alertmanager.yml with short waits.
 */
export async function startAlertStack(context: TestContext, options: AlertStackOptions): Promise<AlertStack> {
  requireServer(context, 'alertmanager');
  const [direct, webhook, scraped] = [
    await startWebhookSink(),
    await startWebhookSink(),
    await startWebhookSink(),
  ];
  const alertmanager = await startAlertmanager({ configFile: alertmanagerConfig(direct.url) });
  const other = await startAlertmanager({ configFile: alertmanagerConfig(scraped.url) });
  const text = `${options.config}
alerts:
  rules: ${options.rules}
  alertmanager: { url: "${alertmanager.url}" }
  webhook: { url: "${options.webhookUrl ?? webhook.url}", group_wait: 300ms, group_interval: 1s }
`;
  const installation = await startInstallation(text);
  const prometheus = await startPrometheus({
    configFile: prometheusFolder(text, options.evaluationInterval ?? '1s', installation.http, other.url),
  });
  const sinks = {
    'processor → Alertmanager': direct,
    'processor → webhook': webhook,
    'Prometheus → Alertmanager': scraped,
  };
  return {
    installation,
    prometheus,
    alertmanager,
    sinks,
    told: (way, alertname) =>
      sinks[way].notifications
        .flatMap(({ alerts }) => alerts)
        .filter(({ labels }) => labels.alertname === alertname)
        .map(({ labels, status }) => `${labels.subject} ${status}`),
    alerts: async () => {
      const response = await fetch(`${installation.http}/api/health/alerts?limit=1000`);
      return (await response.json()) as AlertAnswer[];
    },
  };
}

function prometheusFolder(config: string, interval: string, http: string, alertmanagerUrl: string): string {
  const folder = join(temporaryFolder(), 'prometheus');
  const labels = { __scrape_interval__: '500ms', __scrape_timeout__: '500ms' };
  const configFile = layOutPrometheus(root, folder, {
    'agent-vitals': [{ targets: [new URL(http).host], labels }],
    alertmanager: [{ targets: [new URL(alertmanagerUrl).host] }],
  });
  const rules = alertRuleFile(loadConfig({ text: config, env: {} }).config, undefined);
  rmSync(join(folder, 'rules'), { recursive: true, force: true });
  mkdirSync(join(folder, 'rules'));
  const timed = rules.replace(/^ {2}- name: .*$/gm, `$&\n    interval: ${interval}`);
  if (timed === rules) throw new Error('Cannot see a group of rules');
  writeFileSync(join(folder, 'rules/agent-vitals.rules.yml'), timed);
  return configFile;
}
