import * as units from '@grafana/grafana-foundation-sdk/units';
import { dataPanels, type LintRule } from './rule.ts';

// Units, thresholds, tables.

const knownUnits = new Set<unknown>(Object.values(units));
const transformations = ['merge', 'organize', 'sortBy'];
const properties = ['unit', 'mappings', 'thresholds', 'color', 'custom.cellOptions', 'links', 'noValue'];

export const lookRules: readonly LintRule[] = [
  {
    name: 'units',
    check: (file) =>
      dataPanels(file).flatMap(({ where, panel }) => {
        const { defaults, overrides } = panel.fieldConfig!;
        const all = [
          defaults.unit,
          ...overrides.flatMap((override) =>
            override.properties.filter(({ id }) => id === 'unit').map(({ value }) => value),
          ),
        ];
        return all.filter((unit) => !knownUnits.has(unit)).map((unit) => `${where}: unit ${unit}`);
      }),
  },
  {
    name: 'thresholds',
    check: (file) =>
      dataPanels(file).flatMap(({ where, panel }) => {
        const steps = panel.fieldConfig!.defaults.thresholds?.steps ?? [];
        const [first, ...rest] = steps.map(({ value }) => value);
        const rises = rest.every((value, index) => index === 0 || Number(value) > Number(rest[index - 1]));
        return first === null && rises && !rest.includes(null) ? [] : [`${where}: thresholds must rise`];
      }),
  },
  {
    name: 'tables',
    // What the compiler can't see: names of columns, transformations and properties are plain strings.
    check: (file) =>
      dataPanels(file).flatMap(({ where, panel }) => {
        const mistakes: string[] = [];
        const columns = new Set<string>();
        for (const { id, options } of panel.transformations ?? []) {
          if (!transformations.includes(id)) mistakes.push(`${where}: unknown transformation ${id}`);
          for (const title of Object.values(options.renameByName ?? {})) columns.add(String(title));
          for (const { field } of (options.sort ?? []) as { field: string }[]) {
            if (!columns.has(field)) mistakes.push(`${where}: sorts by the unknown column ${field}`);
          }
        }
        for (const { matcher, properties: set } of panel.fieldConfig!.overrides) {
          for (const { id } of set) {
            if (!properties.includes(id)) mistakes.push(`${where}: unknown property ${id}`);
          }
          if (panel.type === 'table' && !columns.has(String(matcher.options))) {
            mistakes.push(`${where}: looks of the unknown column ${matcher.options}`);
          }
        }
        return mistakes;
      }),
  },
];
