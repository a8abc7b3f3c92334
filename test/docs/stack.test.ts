import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../support/folder.ts';
import { runToEnd } from '../support/process.ts';
import { requireServer } from '../support/servers.ts';
import { fencedBlocks } from './extract.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const path = join(root, 'docs/stack.md');
const page = readFileSync(path, 'utf8');
const blocks = fencedBlocks(root, path, ['yaml']);
const titled = (title: string) => blocks.filter((block) => block.title === title).map(({ code }) => code);

describe('docs/stack.md', () => {
  it('names files that are there', () => {
    const named = [
      ...page.matchAll(/(?<![\w/.@])(?:deploy|grafana|rules|scripts|stack)\/[\w./-]*[\w/]/g),
    ].map(([file]) => file);
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('names npm scripts that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const named = [...page.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script!);
    for (const script of named) expect(Object.keys(scripts)).toContain(script);
  });

  it('has links that lead somewhere', () => {
    const anchors = [...page.matchAll(/^## (.*)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replaceAll(' ', '-')
        .replace(/[^\w-]/g, ''),
    );
    for (const [, anchor] of page.matchAll(/\]\(#([\w-]+)\)/g)) expect(anchors).toContain(anchor);
    for (const [, file] of page.matchAll(/\]\((\w[\w.-]*\.md)\)/g)) {
      expect([file, existsSync(join(root, 'docs', file!))]).toEqual([file, true]);
    }
  });

  it('shows nothing of YAML that isn’t checked here', () => {
    const kinds = blocks.map(({ title }) => title);
    expect(kinds.toSorted()).toEqual(['agent-vitals', 'compose', 'prometheus', 'prometheus', 'targets']);
  });

  it.for(['promtool', 'promtool-oldest', 'promtool-newest'] as const)(
    'its parts of a Prometheus configuration pass %s',
    async (name, context) => {
      const program = requireServer(context, name);
      for (const code of titled('prometheus')) {
        const folder = temporaryFolder();
        symlinkSync(join(root, 'rules'), join(folder, 'rules'));
        writeFileSync(join(folder, 'prometheus.yml'), code);
        const checked = await runToEnd(program, ['check', 'config', join(folder, 'prometheus.yml')]);
        expect(checked.stderr).toBe('');
        expect(checked.code).toBe(0);
      }
    },
  );

  it('its part of a processor’s configuration passes check-config', async () => {
    const file = join(temporaryFolder(), 'agent-vitals.yaml');
    writeFileSync(file, titled('agent-vitals').join('\n'));
    const command = join(root, 'src/bin/agent-vitals.js');
    const checked = await runToEnd(process.execPath, [command, 'check-config', file]);
    expect(checked).toMatchObject({ code: 0, stderr: '' });
  });

  it('its addition to docker-compose.yml is taken with it', async (context) => {
    const program = requireServer(context, 'docker-compose');
    const override = join(temporaryFolder(), 'docker-compose.override.yml');
    writeFileSync(override, titled('compose').join('\n'));
    const args = ['-f', join(root, 'docker-compose.yml'), '-f', override, 'config', '-q'];
    expect(await runToEnd(program, args)).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(root, 'alertmanager.yml'), 'utf8')).toContain(
      '/etc/alertmanager/secrets/slack-url',
    );
  });

  it('its targets are what file-based discovery takes', () => {
    expect(parse(titled('targets').join('\n'))).toEqual([{ targets: ['127.0.0.1:9464'] }]);
  });

  it('tells the version of the Collector and the sample limit that the files have', () => {
    const [, version] = /collector-contrib:(\S+)/.exec(
      readFileSync(join(root, 'docker-compose.yml'), 'utf8'),
    )!;
    expect(page).toContain(`contrib distribution ${version}`);
    const [, limit] = /sample_limit: (\d+)/.exec(readFileSync(join(root, 'prometheus.yml'), 'utf8'))!;
    expect(page).toContain(`sample_limit: ${limit}`);
  });
});
