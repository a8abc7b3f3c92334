import type { ResourceDetector } from '@opentelemetry/resources';
import type { OpenTelemetry } from './open-telemetry.ts';
import type { Settings } from './settings.ts';

/**
 * What finds the resource's attributes, the last one winning: those that OpenTelemetry's variable names, then the
 * code.
 */
export function resourceDetectors(
  { resources }: OpenTelemetry,
  { resourceDetectors: names, resourceAttributes }: Settings,
): ResourceDetector[] {
  const known: Readonly<Record<string, ResourceDetector>> = {
    serviceinstance: resources.serviceInstanceIdDetector,
    process: resources.processDetector,
    host: resources.hostDetector,
    os: resources.osDetector,
    env: resources.envDetector,
  };
  const asked = names.includes('none') ? [] : names.includes('all') ? Object.keys(known) : names;
  const found = asked.flatMap((name) => known[name] ?? []);
  return [...found, { detect: () => ({ attributes: { ...resourceAttributes } }) }];
}
