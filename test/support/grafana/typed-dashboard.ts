import type * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import type * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import type * as stat from '@grafana/grafana-foundation-sdk/stat';
import type * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import type * as table from '@grafana/grafana-foundation-sdk/table';
import type * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

// Grafana's schema of a dashboard, as a type of its JSON: the types of the Foundation SDK, which Grafana generates from
// the CUE definitions of its core and panel plugins, with enums as their values and without methods. The SDK itself leaves
// options and custom fields of panels open; here they are those of the panel's plugin.

/** What JSON can say of a type. */
type Json<Type> = Type extends string
  ? `${Type}`
  : Type extends (infer Item)[]
    ? Json<Item>[]
    : Type extends object
      ? {
          [Key in keyof Type as Type[Key] extends (...args: never[]) => unknown ? never : Key]: Json<
            Type[Key]
          >;
        }
      : Type;

type Properties = dashboard.FieldConfigSource['overrides'];

type Panel<Type extends string, Options, Custom> = Json<
  Omit<dashboard.Panel, 'type' | 'options' | 'fieldConfig' | 'targets'>
> & {
  type: Type;
  options: Json<Options>;
  targets: Json<prometheus.Dataquery>[];
  fieldConfig: {
    defaults: Json<Omit<dashboard.FieldConfig, 'custom'>> & { custom?: Json<Partial<Custom>> };
    overrides: Json<Properties>;
  };
};

type AnyPanel =
  | Panel<'stat', stat.Options, Record<never, never>>
  | Panel<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | Panel<'state-timeline', statetimeline.Options, statetimeline.FieldConfig>
  | Panel<'bargauge', bargauge.Options, Record<never, never>>
  | Panel<'table', table.Options, table.FieldConfig>
  | Json<dashboard.RowPanel>;

/** A dashboard's JSON, of the kinds of panels that ours have. */
export type DashboardJson = Json<Omit<dashboard.Dashboard, 'panels' | 'annotations'>> & {
  panels: AnyPanel[];
  annotations: {
    list: (Json<Omit<dashboard.AnnotationQuery, 'target'>> & { target: Json<prometheus.Dataquery> })[];
  };
};
