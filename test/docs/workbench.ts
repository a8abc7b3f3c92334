import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/folder.ts';
import type { Example } from './extract.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder in which the documentation's blocks are programs, with the packages that the repository has. */
export interface Workbench {
  readonly folder: string;
  /** The blocks by the file that they became. */
  readonly programs: ReadonlyMap<string, Example>;
  /** `file:line` of the documentation for a line of a program. */
  originOf(program: string, line: number): string;
}

/** Writes each block into a file of its own: by its title, else by where it stands. */
export function layOut(examples: readonly Example[]): Workbench {
  const folder = temporaryFolder();
  const programs = new Map<string, Example>();
  const headerLines = new Map<string, number>();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: {
        noEmit: true,
        composite: false,
        allowImportingTsExtensions: true,
        rewriteRelativeImportExtensions: false,
        // An example shows what there is; it need not use it.
        noUnusedLocals: false,
        lib: ['es2024', 'esnext.disposable'],
        types: ['node'],
      },
      include: ['**/*.ts'],
    }),
  );
  for (const example of examples) {
    const name = example.title ?? `${example.file.replace(/\.\w+$/, '')}.L${example.line}.ts`;
    if (programs.has(name)) throw new Error(`Cannot lay out ${name} twice: titles must be unique`);
    const header = ownModuleImport(example);
    programs.set(name, example);
    headerLines.set(name, header === '' ? 0 : 1);
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    // Nobody listens on port 9, so that no example talks to what runs on this machine.
    const code = example.code.replaceAll(/http:\/\/(localhost|127\.0\.0\.1):4318/g, 'http://127.0.0.1:9');
    writeFileSync(join(folder, name), `${header}${code}\n`);
  }
  const originOf = (program: string, line: number) => {
    const example = programs.get(program);
    if (example === undefined) return `${program}:${line}`;
    return `${example.file}:${example.line + line - 1 - (headerLines.get(program) ?? 0)}`;
  };
  return { folder, programs, originOf };
}

/** A block without imports stands in the file that it documents: what that exports is in scope. */
function ownModuleImport({ file, code }: Example): string {
  if (!file.endsWith('.ts') || /^import /m.test(code)) return '';
  const path = join(root, file);
  const exported = readFileSync(path, 'utf8').matchAll(
    /^export (?:async )?(?:function\*?|class|const) (\w+)/gm,
  );
  const used = [...exported]
    .map(([, name]) => name!)
    .filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  return used.length === 0 ? '' : `import { ${used.join(', ')} } from ${JSON.stringify(path)};\n`;
}
