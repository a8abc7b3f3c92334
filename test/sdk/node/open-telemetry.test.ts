import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sdkMetrics from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { loadOpenTelemetry } from '../../../src/sdk/node/open-telemetry.ts';
import { temporaryFolder } from '../../support/folder.ts';

describe('loadOpenTelemetry', () => {
  it('loads the parts of the SDK that is installed', () => {
    const { metrics, node, prometheus } = loadOpenTelemetry();
    expect(node.NodeSDK).toBeTypeOf('function');
    expect(prometheus.PrometheusExporter).toBeTypeOf('function');
    expect(metrics.DataPointType).toEqual(sdkMetrics.DataPointType);
  });

  it('names the command that installs what is missing', () => {
    const from = join(temporaryFolder(), 'index.js');
    expect(() => loadOpenTelemetry(from)).toThrow(
      /^Cannot start vitals as @opentelemetry\/sdk-node must be installed \(run: npm install @opentelemetry\/api @opentelemetry\/sdk-node\): Cannot find module/,
    );
  });

  it('names the part that is missing', () => {
    const folder = temporaryFolder();
    const sdk = join(folder, 'node_modules/@opentelemetry/sdk-node');
    mkdirSync(sdk, { recursive: true });
    writeFileSync(join(sdk, 'index.js'), 'module.exports = {};');
    expect(() => loadOpenTelemetry(join(folder, 'index.js'))).toThrow(
      /@opentelemetry\/otlp-exporter-base must be installed/,
    );
  });

  it.each(['20.20.2', '22.14.9'])('refuses Node %s', (version) => {
    expect(() => loadOpenTelemetry(undefined, version)).toThrow(
      `Cannot start vitals as Node must be 22.15 or newer: current value is ${version}`,
    );
  });

  it.each(['22.15.0', '24.0.0', '25.1.0'])('takes Node %s', (version) => {
    expect(() => loadOpenTelemetry(undefined, version)).not.toThrow();
  });
});
