import type { LintRule } from './rule.ts';

// What stands where, on the grid of 24 columns.

export const layoutRules: readonly LintRule[] = [
  {
    name: 'panel-ids',
    check({ name, dashboard }) {
      const ids = dashboard.panels.map(({ id }) => id);
      return new Set(ids).size === ids.length && ids.every((id) => id > 0)
        ? []
        : [`${name}: panels must have ids of their own above 0`];
    },
  },
  {
    name: 'overlap',
    check({ name, dashboard }) {
      const mistakes: string[] = [];
      for (const [index, a] of dashboard.panels.entries()) {
        for (const b of dashboard.panels.slice(index + 1)) {
          const [p, q] = [a.gridPos, b.gridPos];
          if (p.x < q.x + q.w && q.x < p.x + p.w && p.y < q.y + q.h && q.y < p.y + p.h) {
            mistakes.push(`${name}: ${a.title} and ${b.title} overlap`);
          }
        }
      }
      return mistakes;
    },
  },
  {
    name: 'grid',
    // Every line of panels is filled, and its panels are of one height: no holes.
    check({ name, dashboard }) {
      const lines = new Map<number, { width: number; heights: Set<number> }>();
      for (const { gridPos, title } of dashboard.panels) {
        if (gridPos.h < 1 || gridPos.w < 3 || gridPos.x + gridPos.w > 24) {
          return [`${name}: ${title} doesn't fit the grid`];
        }
        const line = lines.get(gridPos.y) ?? { width: 0, heights: new Set<number>() };
        line.width += gridPos.w;
        line.heights.add(gridPos.h);
        lines.set(gridPos.y, line);
      }
      const mistakes: string[] = [];
      let next = 0;
      for (const [y, { width, heights }] of [...lines].sort(([a], [b]) => a - b)) {
        if (width !== 24 || heights.size !== 1) mistakes.push(`${name}: the line at ${y} has a hole`);
        if (y !== next) mistakes.push(`${name}: nothing stands at ${next}`);
        next = y + Math.max(...heights);
      }
      return mistakes;
    },
  },
];
