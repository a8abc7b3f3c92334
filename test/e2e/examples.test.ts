import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { docExamples, type Example, fencedBlocks, promisedOutput } from '../docs/extract.ts';
import { layOut, root, type Workbench } from '../docs/workbench.ts';
import { runToEnd } from '../support/process.ts';

// Every block of TypeScript that a user may copy compiles against what it imports, and prints what it says.

const sources = globSync('src/{contract,sdk,monitor}/**/*.ts', {
  cwd: root,
  exclude: (name) => String(name).endsWith('dist'),
});
const documented = sources.map((path) => docExamples(root, join(root, path)));
const fromSources = documented.flatMap(({ examples }) => examples);
const fromPages = ['README.md', 'docs/sdk.md', 'src/README.md', 'src/contract/README.md', 'src/sdk/README.md']
  .map((page) => join(root, page))
  .filter((path) => existsSync(path))
  .flatMap((path) => fencedBlocks(root, path));
const examples: readonly Example[] = [...fromSources, ...fromPages];

let bench: Workbench;
beforeAll(() => {
  bench = layOut(examples);
});

describe('the documentation', () => {
  it('has examples, all of them fenced as ts', () => {
    expect(fromSources.length).toBeGreaterThan(30);
    expect(documented.flatMap(({ unfenced }) => unfenced)).toEqual([]);
  });

  it('has only examples that compile', async () => {
    const { stdout } = await runToEnd(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', bench.folder, '--pretty', 'false'],
      { cwd: bench.folder, timeoutMs: 60_000 },
    );
    const errors = stdout
      .split('\n')
      .map((line) =>
        line.replace(/^(\S+?)\((\d+),\d+\)/, (_, program, at) => bench.originOf(program, Number(at))),
      )
      // The packages' own errors are the type check's matter.
      .filter((line) => line !== '' && !line.startsWith('../'));
    expect(errors).toEqual([]);
  }, 90_000);

  it('has only examples that run to their end and print what they say', async () => {
    const programs = [...bench.programs.keys()];
    const { code, stdout, stderr } = await runToEnd(
      process.execPath,
      [
        '--conditions=@agent-vitals/source',
        fileURLToPath(new URL('../docs/run-programs.ts', import.meta.url)),
        bench.folder,
        ...programs,
      ],
      { cwd: bench.folder, timeoutMs: 100_000, env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' } },
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const wrong = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { program: string; stdout: string; error?: string })
      .flatMap(({ program, stdout: printed, error }) => {
        const origin = bench.originOf(program, 1);
        if (error !== undefined) return [`${origin} ${error}`];
        const promised = promisedOutput(bench.programs.get(program)!.code);
        const missing = missingInOrder(promised, printed.split('\n'));
        return missing === undefined ? [] : [`${origin} must print "${missing}": it printed "${printed}"`];
      });
    expect(wrong).toEqual([]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(programs.length);
  }, 120_000);
});

/** The first promised line that the printed ones, read in order, don't have. */
function missingInOrder(promised: readonly string[], printed: readonly string[]): string | undefined {
  let from = 0;
  return promised.find((line) => {
    const at = printed.indexOf(line, from);
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}
