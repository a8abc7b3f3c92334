import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const provisioning = join(root, 'grafana/provisioning');
const read = (path: string) => parse(readFileSync(join(root, path), 'utf8'), { merge: true });

const { datasources, apiVersion } = read('grafana/provisioning/datasources/agent-vitals.yaml');
const { providers } = read('grafana/provisioning/dashboards/agent-vitals.yaml');
const grafana = read('docker-compose.yml').services.grafana;

it('every provisioning file is YAML of the first version of the format', () => {
  const files = globSync('**/*.y*ml', { cwd: provisioning });
  expect(files.toSorted()).toEqual(['dashboards/agent-vitals.yaml', 'datasources/agent-vitals.yaml']);
  for (const file of files) expect(read(`grafana/provisioning/${file}`).apiVersion).toBe(1);
  expect(apiVersion).toBe(1);
});

it('data sources have the uids that dashboards begin with, one of them the default', () => {
  const found = (datasources as Record<string, unknown>[]).map(
    ({ uid, type, isDefault = false, access }) => ({
      ...{ uid, type, isDefault, access },
    }),
  );
  expect(found).toEqual([
    { uid: 'prometheus', type: 'prometheus', isDefault: true, access: 'proxy' },
    { uid: 'alertmanager', type: 'alertmanager', isDefault: false, access: 'proxy' },
  ]);
  expect(datasources[0].jsonData.alertmanagerUid).toBe('alertmanager');
  expect(datasources[0].jsonData.timeInterval).toBe(read('prometheus.yml').global.scrape_interval);
});

it('every variable in them is in the environment of the container', () => {
  const text = globSync('**/*.yaml', { cwd: provisioning })
    .map((file) => readFileSync(join(provisioning, file), 'utf8').replace(/^\s*#.*$/gm, ''))
    .join('\n');
  const names = [...text.matchAll(/\$\{?([A-Z_]+)\}?/g)].map(([, name]) => name!);
  expect(names.toSorted()).toEqual(['ALERTMANAGER_URL', 'PROMETHEUS_URL']);
  for (const name of names) expect(grafana.environment[name]).toMatch(/^http:\/\/[a-z]+:\d+$/);
});

it('dashboards are mounted where the provider looks for them, in a folder of their own', () => {
  expect(providers).toHaveLength(1);
  const [{ folder, folderUid, type, options, allowUiUpdates }] = providers;
  expect({ folder, folderUid, type, allowUiUpdates }).toEqual({
    folder: 'Agent Vitals',
    folderUid: 'agent-vitals',
    type: 'file',
    allowUiUpdates: false,
  });
  expect(grafana.volumes).toContain(`./grafana/dashboards:${options.path}:ro`);
  for (const kind of ['datasources', 'dashboards']) {
    expect(grafana.volumes).toContain(`./grafana/provisioning/${kind}:/etc/grafana/provisioning/${kind}:ro`);
  }
  // Grafana reads every JSON file below; one folder for all of them.
  expect(options.foldersFromFilesStructure).toBe(false);
});
