import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';

/** Every dashboard of ours has this tag, by which they find each other. */
export const tag = 'agent-vitals';

/** The uid of each dashboard, which is also its file's name. */
export const uids = {
  fleet: 'agent-vitals-fleet',
  agent: 'agent-vitals-agent',
  session: 'agent-vitals-session',
  integrations: 'agent-vitals-integrations',
  alerts: 'agent-vitals-alerts',
  system: 'agent-vitals-system',
  processor: 'agent-vitals-processor',
} as const;

/** To all our other dashboards, with the variables and the time that are chosen here. */
export const toTheOthers = () =>
  new DashboardLinkBuilder('Agent Vitals')
    .type(DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true)
    .tooltip('The other dashboards of Agent Vitals');

/** To what the processor itself shows. */
export const toThePage = (path = '/', title = 'Page', tooltip = "The processor's own page") =>
  new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .icon('external link')
    .url(`\${processor}${path}`)
    .targetBlank(true)
    .tooltip(tooltip);

/** What a link takes along, so that the other dashboard shows the same place at the same time. */
const along = '${datasource:queryparam}&${processor:queryparam}&${__url_time_range}';

/** From a table's cell, or a line, to the agent of that name. */
export const toAgent = (value: string) =>
  new DashboardLinkBuilder('Look at this agent').url(
    `/d/${uids.agent}?var-agent=${value}&var-session=$__all&var-type=$__all&${along}`,
  );

/** From a table's cell, or a line, to the session of that name. */
export const toSession = (value: string) =>
  new DashboardLinkBuilder('Look at this session').url(
    `/d/${uids.session}?var-session=${value}&var-type=$__all&${along}`,
  );

/** From a table's cell, or a line, to the integration of that name. */
export const toIntegration = (value: string) =>
  new DashboardLinkBuilder('Look at this integration').url(
    `/d/${uids.integrations}?var-integration=${value}&${along}`,
  );

/** The text of the column with this title, in the row that is clicked. */
export const cell = (title: string) => `\${__data.fields["${title}"]:percentencode}`;

/** The value of a label of the line that is clicked. */
export const ofLine = (label: string) => `\${__field.labels.${label}:percentencode}`;
