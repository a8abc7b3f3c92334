import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { type Dashboard, readDashboards } from '../support/grafana/dashboards.ts';
import { runToEnd } from '../support/process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Holds the JSON of dashboards against Grafana's types by the compiler: each becomes a literal of a source file.
 *
 * @returns what the compiler says, empty when all is well
 */
async function compile(dashboards: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = temporaryFolder();
  const types = join(root, 'test/support/grafana/typed-dashboard.ts');
  for (const [name, dashboard] of Object.entries(dashboards)) {
    const text = `import type { DashboardJson } from '${types}';\nexport const it: DashboardJson = ${JSON.stringify(dashboard, null, 1)};\n`;
    writeFileSync(join(folder, `${name}.mts`), text);
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: {
        noEmit: true,
        composite: false,
        declaration: false,
        sourceMap: false,
        allowImportingTsExtensions: true,
        rewriteRelativeImportExtensions: false,
        types: [],
      },
      include: ['*.mts'],
    }),
  );
  const { stdout, stderr } = await runToEnd(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    folder,
  ]);
  return `${stdout}${stderr}`.replaceAll(relative(process.cwd(), folder), '');
}

describe('the JSON of the dashboards', () => {
  it("is what Grafana's types say", async () => {
    const all = Object.fromEntries(readDashboards().map(({ name, dashboard }) => [name, dashboard]));
    expect(Object.keys(all)).toHaveLength(7);
    expect(await compile(all)).toBe('');
  });

  it('would not be with any of these mistakes', async () => {
    const fleet = () =>
      JSON.parse(readFileSync(join(root, 'grafana/dashboards/fleet.json'), 'utf8')) as Dashboard;
    const broken = (make: (dashboard: Dashboard) => void) => {
      const dashboard = fleet();
      make(dashboard);
      return dashboard;
    };
    const ofType = (dashboard: Dashboard, type: string) =>
      dashboard.panels.find((panel) => panel.type === type) as unknown as Record<
        string,
        Record<string, unknown>
      >;
    const mistakes = {
      'kind-of-panel': broken((dashboard) => Object.assign(dashboard.panels[1]!, { type: 'graph' })),
      option: broken((dashboard) =>
        Object.assign(ofType(dashboard, 'stat').options!, { colorMode: 'colourful' }),
      ),
      'missing-option': broken((dashboard) => delete ofType(dashboard, 'timeseries').options!.legend),
      'unknown-option': broken((dashboard) =>
        Object.assign(ofType(dashboard, 'state-timeline').options!, { rowHight: 1 }),
      ),
      custom: broken((dashboard) =>
        Object.assign((ofType(dashboard, 'timeseries').fieldConfig!.defaults as { custom: object }).custom, {
          drawStyle: 'dots',
        }),
      ),
      target: broken((dashboard) => Object.assign(dashboard.panels[1]!.targets![0]!, { expression: 'up' })),
      variable: broken((dashboard) => Object.assign(dashboard.templating.list[0]!, { type: 'database' })),
      time: broken((dashboard) => Object.assign(dashboard, { time: { from: 'now-1h' } })),
    };
    const said = await compile(mistakes);
    for (const name of Object.keys(mistakes))
      expect(said, said).toMatch(new RegExp(`/${name}\\.mts\\(\\d+,\\d+\\): error`));
    expect(await compile({ fleet: fleet() })).toBe('');
  });
});
