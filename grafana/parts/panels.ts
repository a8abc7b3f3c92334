import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  GraphGradientMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DashboardLinkBuilder,
  FieldColorBuilder,
  FieldColorModeId,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { datasource, refIdOf } from './queries.ts';
import { type ThresholdsName, thresholds } from './values.ts';

// One function a kind of panel; what every panel must have is required by the type.

/** What every panel says of itself. */
export interface Face {
  readonly title: string;
  /** One sentence that a person reads who doesn't know the panel. */
  readonly description: string;
  readonly queries: readonly DataqueryBuilder[];
  /** A unit of Grafana: `short`, `percentunit`, `s` … */
  readonly unit: string;
  readonly thresholds: ThresholdsName;
  /** Of the 24 columns of the grid. */
  readonly width: number;
  /** In units of the grid, about 30 pixels each. */
  readonly height?: number;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly mappings?: ValueMapping[];
  /** Shown where there is no data. */
  readonly noValue?: string;
  /** Where a click on a value leads. */
  readonly valueLinks?: DashboardLinkBuilder[];
}

/** What all the builders have in common; the SDK has no type for it. */
type AnyBuilder = StatBuilder | TimeSeriesBuilder | StateTimelineBuilder | BarGaugeBuilder | TableBuilder;

function withFace<Builder extends AnyBuilder>(builder: Builder, face: Face, usualHeight: number): Builder {
  builder
    .title(face.title)
    .description(face.description)
    .datasource(datasource)
    .unit(face.unit)
    .thresholds(absolute(thresholds[face.thresholds]))
    .span(face.width)
    .height(face.height ?? usualHeight);
  face.queries.forEach((query, index) => {
    builder.withTarget(query.refId(refIdOf(index)));
  });
  if (face.decimals !== undefined) builder.decimals(face.decimals);
  if (face.min !== undefined) builder.min(face.min);
  if (face.max !== undefined) builder.max(face.max);
  if (face.mappings !== undefined) builder.mappings(face.mappings);
  if (face.noValue !== undefined) builder.noValue(face.noValue);
  if (face.valueLinks !== undefined) builder.dataLinks(face.valueLinks);
  return builder;
}

function absolute(steps: Threshold[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

/** Draws what is above a threshold in its colour. */
const byThreshold = () => new FieldColorBuilder().mode(FieldColorModeId.Thresholds);

const legend = () =>
  new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true);

const tooltip = () =>
  new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

/** One number, or a few. */
export function stat(face: Face): StatBuilder {
  return withFace(new StatBuilder(), face, 4)
    .colorScheme(byThreshold())
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Auto)
    .reduceOptions(lastValue());
}

/** Lines over time; `stack` fills and stacks them. */
export function timeSeries(
  face: Face & {
    readonly stack?: boolean;
    readonly bars?: boolean;
    /** The colour of a line by its legend. */
    readonly colors?: Readonly<Record<string, string>>;
  },
): TimeSeriesBuilder {
  const builder = withFace(new TimeSeriesBuilder(), face, 8)
    .legend(legend())
    .tooltip(tooltip())
    .lineWidth(1)
    .fillOpacity(face.stack ? 40 : 8)
    .gradientMode(GraphGradientMode.None)
    .showPoints(VisibilityMode.Never)
    .drawStyle(face.bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line);
  if (face.stack) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (thresholds[face.thresholds].length > 1) {
    builder.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  for (const [name, color] of Object.entries(face.colors ?? {})) {
    builder.overrideByName(name, [
      { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: color } },
    ]);
  }
  return builder;
}

/** States over time, a line for each series. */
export function stateTimeline(face: Face): StateTimelineBuilder {
  return withFace(new StateTimelineBuilder(), face, 8)
    .colorScheme(byThreshold())
    .legend(legend())
    .tooltip(tooltip())
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .rowHeight(0.8)
    .fillOpacity(80)
    .lineWidth(0);
}

/** A bar for each series, as it is now. */
export function bars(face: Face): BarGaugeBuilder {
  return withFace(new BarGaugeBuilder(), face, 8)
    .colorScheme(byThreshold())
    .displayMode(BarGaugeDisplayMode.Basic)
    .namePlacement(BarGaugeNamePlacement.Left)
    .orientation(VizOrientation.Horizontal)
    .reduceOptions(lastValue());
}

/** A row for each series; what the columns are is said by {@link asColumns} in tables.ts. */
export function table(face: Face): TableBuilder {
  return withFace(new TableBuilder(), face, 9).showHeader(true);
}

const lastValue = () => new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);

/** Shown by panels that ask for what recording rules record. */
export const withoutRules = 'No data: load rules/agent-vitals.rules.yml into Prometheus';
