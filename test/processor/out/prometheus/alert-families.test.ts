import { describe, expect, it } from 'vitest';
import { firingAlert } from '../../../support/alerts.ts';
import { HandmadeFleet } from '../../../support/fleet-view.ts';
import { expose, sourceOf } from './expose.ts';

const name = 'vitals_alert_active';
const many = (count: number, severity: 'critical' | 'warning' | 'info') =>
  Array.from({ length: count }, (_, index) => firingAlert({ severity, subject: `agent-${index}` }));

describe('vitals_alert_active', () => {
  it('is 1 for each alert that fires, by name, severity and subject', async () => {
    const alerts = [
      firingAlert({ subject: 'a "quoted" one' }),
      firingAlert({ name: 'SystemCpuHigh', severity: 'warning', scope: 'system', subject: 'system' }),
    ];
    const { valuesOf } = await expose(sourceOf(new HandmadeFleet(), { firingAlerts: () => alerts }));
    expect(valuesOf(name)).toEqual({
      'vitals_alert_name=AgentOffline vitals_alert_severity=critical vitals_alert_subject=a "quoted" one': 1,
      'vitals_alert_name=SystemCpuHigh vitals_alert_severity=warning vitals_alert_subject=system': 1,
    });
  });

  it('has at most a tenth of the series, the critical ones first', async () => {
    const firingAlerts = () => [...many(20, 'info'), ...many(20, 'warning'), ...many(7, 'critical')];
    const { samples, summary } = await expose(sourceOf(new HandmadeFleet(), { firingAlerts }), {
      maxSeries: 100,
    });
    const severities = samples
      .filter((sample) => sample.name === name)
      .map(({ labels }) => labels.vitals_alert_severity);
    expect(severities).toEqual([...Array(7).fill('critical'), ...Array(3).fill('warning')]);
    expect(summary.series).toBeLessThanOrEqual(100);
  });

  it('names each alert once, though it fires anew while it is written', async () => {
    function* firingAlerts() {
      for (let index = 0; index < 20_000; index++) yield firingAlert({ subject: `agent-${index % 10_000}` });
    }
    const { samples } = await expose(sourceOf(new HandmadeFleet(), { firingAlerts }));
    expect(samples.filter((sample) => sample.name === name)).toHaveLength(10_000);
  });
});
