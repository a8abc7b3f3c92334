/**
 * `npm run build`: makes `dist/` of the three packages anew, as it is published. Packing a package runs it, too.
 *
 * The compiler's own output is for this repository: maps of sources that aren't published, comments twice, types of
 * modules that nobody can import. An agent's author installs none of that.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { indentedByTabs, reachableTypes, withEmittedSpecifiers } from './build/declarations.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = ['src/contract', 'src/sdk', 'src'].map((path) => join(root, path));
const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as {
  references: { path: string }[];
};

for (const path of packages) rmSync(join(path, 'dist'), { recursive: true, force: true });
compile('-b');
for (const { path } of references) {
  const onlyCode = ['--declaration', 'false', '--composite', 'false', '--sourceMap', 'false'];
  compile('-p', path, '--noCheck', '--removeComments', ...onlyCode);
}

for (const path of packages) {
  const dist = join(path, 'dist');
  const { exports } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as {
    exports: Record<string, { types: string }>;
  };
  const types = reachableTypes(Object.values(exports).map((entry) => join(path, entry.types)));
  for (const file of globSync('**/*', { cwd: dist }).map((name) => join(dist, name))) {
    // Without the compiler's record of what it has built, the next `tsc -b` builds what is removed here.
    const isLeftOut = /\.(map|tsbuildinfo)$/.test(file) || (file.endsWith('.d.ts') && !types.has(file));
    if (isLeftOut) rmSync(file);
  }
  for (const file of types)
    writeFileSync(file, indentedByTabs(withEmittedSpecifiers(readFileSync(file, 'utf8'))));
  copyFileSync(join(root, 'LICENSE'), join(path, 'LICENSE'));
}
for (const name of globSync('*.{html,css,svg}', { cwd: join(root, 'src/web') })) {
  copyFileSync(join(root, 'src/web', name), join(root, 'src/dist/web', name));
}

function compile(...args: string[]): void {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, ...args], { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  console.error('Cannot build as the sources must compile: see above');
  process.exit(1);
}
