import { createRequire } from 'node:module';
import type * as Api from '@opentelemetry/api';
import type * as Core from '@opentelemetry/core';
import type * as Prometheus from '@opentelemetry/exporter-prometheus';
import type * as ExporterBase from '@opentelemetry/otlp-exporter-base';
import type * as ExporterHttp from '@opentelemetry/otlp-exporter-base/node-http';
import type * as Transformer from '@opentelemetry/otlp-transformer';
import type * as Resources from '@opentelemetry/resources';
import type * as SdkLogs from '@opentelemetry/sdk-logs';
import type * as SdkMetrics from '@opentelemetry/sdk-metrics';
import type * as SdkNode from '@opentelemetry/sdk-node';

/** What OpenTelemetry's 3.x SDK asks for, and so does the bootstrap; the rest of this package runs on Node 20. */
const leastNode = [22, 15] as const;

const install = 'npm install @opentelemetry/api @opentelemetry/sdk-node';

/** The parts of the SDK that the bootstrap is made of. */
export interface OpenTelemetry {
  readonly node: typeof SdkNode;
  /** The copy that the SDK registers itself with. */
  readonly api: typeof Api;
  readonly core: typeof Core;
  readonly metrics: typeof SdkMetrics;
  readonly logs: typeof SdkLogs;
  readonly resources: typeof Resources;
  readonly exporterBase: typeof ExporterBase;
  readonly exporterHttp: typeof ExporterHttp;
  readonly transformer: typeof Transformer;
  readonly prometheus: typeof Prometheus;
}

/**
 * Loads OpenTelemetry's SDK, an optional peer. All but `sdk-node` is taken from where `sdk-node` takes it: one
 * package to install, and one copy of each, whatever the package manager.
 *
 * @param from - The module that asks, as a URL or path.
 * @param nodeVersion - Of this process.
 * @throws Error when Node is too old or a package is missing; it names the command that installs it.
 */
export function loadOpenTelemetry(
  from: string = import.meta.url,
  nodeVersion: string = process.versions.node,
): OpenTelemetry {
  requireNode(nodeVersion);
  const node = createRequire(from);
  const nodeParts = createRequire(locate(node, '@opentelemetry/sdk-node'));
  const exporterParts = createRequire(locate(nodeParts, '@opentelemetry/otlp-exporter-base'));
  const openTelemetry: OpenTelemetry = {
    node: load(node, '@opentelemetry/sdk-node'),
    api: load(nodeParts, '@opentelemetry/api'),
    core: load(nodeParts, '@opentelemetry/core'),
    metrics: load(nodeParts, '@opentelemetry/sdk-metrics'),
    logs: load(nodeParts, '@opentelemetry/sdk-logs'),
    resources: load(nodeParts, '@opentelemetry/resources'),
    exporterBase: load(nodeParts, '@opentelemetry/otlp-exporter-base'),
    exporterHttp: load(nodeParts, '@opentelemetry/otlp-exporter-base/node-http'),
    transformer: load(exporterParts, '@opentelemetry/otlp-transformer'),
    prometheus: load(nodeParts, '@opentelemetry/exporter-prometheus'),
  };
  requireSdk(openTelemetry);
  return openTelemetry;
}

function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return;
  throw new Error(
    `Cannot start vitals as Node must be ${leastNode.join('.')} or newer: current value is ${version}. On an older one set up OpenTelemetry 2.x yourself; agents report through it.`,
  );
}

/** Older SDKs are made of the same packages and lack some of what they export. */
function requireSdk({ api, exporterHttp, exporterBase }: OpenTelemetry): void {
  const parts: readonly unknown[] = [
    api.logs,
    exporterHttp.convertLegacyHttpOptions,
    exporterBase.createOtlpNetworkExportDelegate,
    exporterBase.ExporterMetrics,
  ];
  if (parts.every((part) => part !== undefined)) return;
  throw new Error(`Cannot start vitals as @opentelemetry/sdk-node must be 0.300 or newer (run: ${install})`);
}

function locate(require: NodeJS.Require, name: string): string {
  try {
    return require.resolve(name);
  } catch (cause) {
    throw missing(name, cause);
  }
}

function load<Module>(require: NodeJS.Require, name: string): Module {
  try {
    return require(name) as Module;
  } catch (cause) {
    throw missing(name, cause);
  }
}

function missing(name: string, cause: unknown): Error {
  const detail = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
  return new Error(`Cannot start vitals as ${name} must be installed (run: ${install}): ${detail}`, {
    cause,
  });
}
