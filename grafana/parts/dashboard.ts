import {
  type AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLinkBuilder,
  type Panel,
  type QueryVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { tag, toTheOthers } from './links.ts';
import { datasourceVariable, processorVariable } from './variables.ts';

/** A row of panels under a title. Their widths fill 24 columns, line by line. */
export interface Section {
  readonly title: string;
  readonly panels: readonly { build(): Panel }[];
}

export interface Contents {
  readonly uid: string;
  readonly title: string;
  /** What questions it answers. */
  readonly description: string;
  /** Beside the data source, in the order in which they depend on each other. */
  readonly variables: readonly QueryVariableBuilder[];
  readonly annotations: readonly AnnotationQueryBuilder[];
  readonly links: readonly DashboardLinkBuilder[];
  readonly sections: readonly Section[];
  /** How far back it looks at first, such as `1h`. */
  readonly span?: string;
}

/** Builds a dashboard: what all of ours have, with these contents. Panels are numbered in their order. */
export function dashboard(contents: Contents): Dashboard {
  const builder = new DashboardBuilder(contents.title)
    .uid(contents.uid)
    .description(contents.description)
    .tags([tag])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: `now-${contents.span ?? '1h'}`, to: 'now' })
    .refresh('30s')
    .variables([datasourceVariable(), ...contents.variables, processorVariable()])
    .annotations([...contents.annotations])
    .links([toTheOthers(), ...contents.links]);
  for (const section of contents.sections) {
    builder.withRow(new RowBuilder(section.title));
    for (const panel of section.panels) builder.withPanel(panel);
  }
  const built = builder.build();
  built.panels?.forEach((panel, index) => {
    panel.id = index + 1;
  });
  // The SDK's default hides them in a menu of controls; without it they stand at the head, where people look.
  for (const control of [...(built.links ?? []), ...(built.annotations.list ?? [])]) delete control.placement;
  return built;
}
