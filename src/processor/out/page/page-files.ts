import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

/** One file of the page, as it is sent. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
  readonly etag: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
};

/** `src/web` in a checkout, `dist/web` in the published package. */
const webFolder = fileURLToPath(new URL('../../../web/', import.meta.url));

/**
 * Reads the page's files once, at the start. A checkout needs no build: types are stripped here, and the entry, which
 * the page knows as `/app.js`, imports its neighbours under the names that they have in the folder.
 *
 * @param folder - Where they are.
 * @returns Files by path, such as `/style.css`; `/` is the page itself.
 * @throws Error where the folder holds no page.
 * @example
 * ```ts
 * const files = await loadPageFiles();
 * files.get('/')?.contentType; // 'text/html; charset=utf-8'
 * ```
 */
export async function loadPageFiles(folder: string = webFolder): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const name of await readdir(folder)) {
    const extension = name.slice(name.lastIndexOf('.'));
    const contentType = contentTypes[extension];
    if (contentType === undefined || name.endsWith('.d.ts')) continue;
    const source = await readFile(`${folder}/${name}`);
    const body = extension === '.ts' ? Buffer.from(stripTypeScriptTypes(source.toString())) : source;
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    files.set(`/${name}`, { contentType, body, etag });
  }
  const entry = files.get('/app.js') ?? files.get('/app.ts');
  const page = files.get('/index.html');
  if (page === undefined || entry === undefined) {
    throw new Error(`Cannot serve the page as ${folder} must hold index.html and app.js`);
  }
  return files.set('/', page).set('/app.js', entry);
}
