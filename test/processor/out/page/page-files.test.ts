import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPageFiles } from '../../../../src/processor/out/page/page-files.ts';
import { temporaryFolder } from '../../../support/folder.ts';

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

describe('loadPageFiles', () => {
  it("serves the checkout's page with types stripped", async () => {
    const files = await loadPageFiles();
    const entry = files.get('/app.js');
    expect(entry?.contentType).toBe('text/javascript; charset=utf-8');
    expect(entry?.body.toString()).not.toContain('import type');
    // Every module that a module imports is there.
    for (const [path, { body, contentType }] of files) {
      if (!contentType.startsWith('text/javascript')) continue;
      for (const [, name] of body.toString().matchAll(/from '\.(\/[^']+)'/g)) {
        expect(files.has(name!), `${path} imports ${name}`).toBe(true);
      }
    }
    for (const [, reference] of files
      .get('/')!
      .body.toString()
      .matchAll(/(?:src|href)="(\/[\w.]+)"/g)) {
      if (reference !== '/metrics') expect(files.has(reference!), reference).toBe(true);
    }
  });

  it('serves built files as they are, and nothing but the page', async () => {
    const files = await loadPageFiles(
      await folderWith({
        'index.html': '<!doctype html>',
        'app.js': 'let a = 1;',
        'app.d.ts': 'export {};',
        'app.js.map': '{}',
        'tsconfig.tsbuildinfo': '{}',
      }),
    );
    expect([...files.keys()].sort()).toEqual(['/', '/app.js', '/index.html']);
    expect(files.get('/app.js')?.body.toString()).toBe('let a = 1;');
  });

  it('says which folder holds no page', async () => {
    const folder = await folderWith({ 'style.css': '' });
    await expect(loadPageFiles(folder)).rejects.toThrow(`${folder} must hold index.html and app.js`);
  });
});
