import { cpSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { runToEnd } from '../support/process.ts';

// The linter's guards keep the direction of the imports and keep the core pure, where the compiler can't. A guard
// that has silently stopped working looks just like code that keeps to it. So each has a fixture that it must
// refuse, line by line (`// ✗ rule` says which), and a twin that it must let through.

const root = fileURLToPath(new URL('../..', import.meta.url));
const fixtures = fileURLToPath(new URL('../testdata/lint', import.meta.url));
const files = globSync('**/*.ts', { cwd: fixtures }).sort();
const refused = files.filter((file) => file.endsWith('refused.ts'));

const guardRules = ['noRestrictedImports', 'noRestrictedGlobals', 'noProcessEnv', 'plugin'] as const;

interface BiomeReport {
  readonly summary: { readonly unchanged: number };
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: string; readonly start: { readonly line: number } };
  }[];
}

interface GuardConfig {
  readonly overrides: readonly {
    readonly includes: readonly string[];
    readonly linter: {
      readonly rules: {
        readonly style?: {
          readonly noRestrictedGlobals?: { readonly options: { readonly deniedGlobals: object } };
        };
      };
    };
  }[];
}

/** `line rule` of each guard that spoke, by file. */
const found = new Map<string, string[]>();

/** The fixtures lie at the paths that the guards name, in a folder with the repository's own settings. */
beforeAll(async () => {
  const folder = temporaryFolder();
  cpSync(fixtures, folder, { recursive: true });
  cpSync(join(root, 'scripts/lint'), join(folder, 'scripts/lint'), { recursive: true });
  for (const file of ['biome.json', '.gitignore']) cpSync(join(root, file), join(folder, file));
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', 'src'];
  const { stdout } = await runToEnd(process.execPath, args, { cwd: folder });
  const { summary, diagnostics } = JSON.parse(stdout) as BiomeReport;
  expect(summary.unchanged, 'files that the linter has read').toBe(files.length);
  for (const { category, location } of diagnostics) {
    const rule = category.split('/').at(-1) ?? category;
    if (!(guardRules as readonly string[]).includes(rule)) continue;
    found.set(location.path, [...(found.get(location.path) ?? []), `${location.start.line} ${rule}`]);
  }
});

/** What a fixture's own marks say: `line rule`. */
function expectedIn(file: string): string[] {
  const lines = readFileSync(join(fixtures, file), 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const rules = /\/\/ ✗ (.+)$/.exec(line)?.[1]?.split(' ') ?? [];
    return rules.map((rule) => `${index + 1} ${rule}`);
  });
}

describe('the import and global guards', () => {
  it.each(refused)('refuse each marked line of %s and no other', (file) => {
    const expected = expectedIn(file);
    expect(expected.length).toBeGreaterThan(0);
    expect([...(found.get(file) ?? [])].sort()).toEqual(expected.sort());
  });

  it.each(files.filter((file) => !refused.includes(file)))('let %s through', (file) => {
    expect(found.get(file) ?? []).toEqual([]);
  });

  it('have a twin that passes for each fixture that they refuse', () => {
    const twins = files.filter((file) => file.endsWith('allowed.ts'));
    expect(twins).toEqual(refused.map((file) => file.replace('refused.ts', 'allowed.ts')).sort());
  });
});

describe('biome.json', () => {
  const config = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8')) as GuardConfig;
  const marks = refused.flatMap((file) =>
    readFileSync(join(fixtures, file), 'utf8')
      .split('\n')
      .map((line) => ({ folder: file.split('/')[1] ?? '', line })),
  );
  const folders = [...new Set(marks.map(({ folder }) => folder))];

  /** Folders of src that a list of globs names; a glob over all of src stands for those that aren't taken out. */
  const foldersOf = (includes: readonly string[]) => {
    const [first, ...taken] = includes.map((glob) => /\/src\/(\w+)/.exec(glob)?.[1]);
    return first === undefined ? folders.filter((folder) => !taken.includes(folder)) : [first];
  };
  const isMarked = (folder: string, line: RegExp) =>
    marks.some((mark) => mark.folder === folder && line.test(mark.line));

  it('has no guard without a fixture', () => {
    const guards = config.overrides.flatMap(({ includes, linter }) =>
      foldersOf(includes).flatMap((folder) =>
        Object.keys(linter.rules.style ?? {}).map((rule) => ({
          folder,
          rule,
          line: new RegExp(`✗ .*${rule}`),
        })),
      ),
    );
    expect(guards.length).toBeGreaterThan(10);
    expect(guards.filter(({ folder, line }) => !isMarked(folder, line))).toEqual([]);
  });

  it('denies no global without a fixture', () => {
    const globals = config.overrides.flatMap(({ includes, linter }) =>
      foldersOf(includes).flatMap((folder) =>
        Object.keys(linter.rules.style?.noRestrictedGlobals?.options.deniedGlobals ?? {}).map((name) => ({
          folder,
          name,
          line: new RegExp(`\\b${name}\\b.*✗ .*noRestrictedGlobals`),
        })),
      ),
    );
    expect(globals.length).toBeGreaterThan(10);
    expect(globals.filter(({ folder, line }) => !isMarked(folder, line))).toEqual([]);
  });

  it('guards each folder of src', () => {
    const inSource = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['bin', 'dist', 'node_modules'].includes(entry.name))
      .map((entry) => entry.name);
    expect(folders.sort()).toEqual(inSource.sort());
  });
});
