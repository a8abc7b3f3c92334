import { type AlertName, type AlertOverride, type AlertSettings, alertSettingsOf } from '../core/index.ts';
import type { Config } from './config/index.ts';

/**
 * Takes out of the configuration how alerts are judged.
 *
 * @param config - The whole configuration.
 * @example
 * ```ts
 * const book = new AlertBook({ settings: alertSettingsOfConfig(config) });
 * ```
 */
export function alertSettingsOfConfig({ alerts }: Pick<Config, 'alerts'>): AlertSettings {
  const overrides: Partial<Record<AlertName, AlertOverride>> = {};
  for (const [name, { thresholdMs, ...rule }] of Object.entries(alerts.rules)) {
    overrides[name as AlertName] =
      thresholdMs === undefined ? rule : { ...rule, threshold: thresholdMs / 1000 };
  }
  return alertSettingsOf(overrides, alerts.runbookUrl === '' ? undefined : alerts.runbookUrl);
}
