import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './generate/files.ts';

// `npm run generate`: writes the files that are made from the sources. A test finds those that have drifted.

const root = fileURLToPath(new URL('..', import.meta.url));

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

for (const { path, render } of generatedFiles) {
  const file = join(root, path);
  const text = render();
  const isUpToDate = readOrEmpty(file) === text;
  if (!isUpToDate) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  console.log(`${isUpToDate ? 'up to date' : 'written   '} ${path}`);
}
