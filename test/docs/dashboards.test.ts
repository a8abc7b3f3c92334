import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDashboards } from '../support/grafana/dashboards.ts';

const page = readFileSync(new URL('../../docs/dashboards.md', import.meta.url), 'utf8');

describe('docs/dashboards.md', () => {
  it('says of each dashboard what it says of itself', () => {
    for (const { dashboard } of readDashboards()) {
      const title = dashboard.title.replace('Agent Vitals / ', '');
      expect(page).toContain(`| ${title} | ${dashboard.description} |`);
    }
  });

  it('names every variable and every mark', () => {
    for (const { dashboard } of readDashboards()) {
      for (const { label, hide } of dashboard.templating.list) if (hide !== 2) expect(page).toContain(label);
      for (const { name } of dashboard.annotations.list) expect(page).toContain(`| ${name} |`);
    }
  });
});
