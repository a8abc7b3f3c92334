import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { agent } from './agent.ts';
import { alerts } from './alerts.ts';
import { fleet } from './fleet.ts';
import { integrations } from './integrations.ts';
import { processor } from './processor.ts';
import { session } from './session.ts';
import { system } from './system.ts';

/** Every dashboard by the name of its file, `grafana/dashboards/NAME.json`. */
export const dashboards: Readonly<Record<string, Dashboard>> = {
  fleet,
  agent,
  session,
  integrations,
  alerts,
  system,
  processor,
};

/** The text of a dashboard's file. */
export function renderDashboard(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
