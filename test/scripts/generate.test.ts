import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { generatedFiles } from '../../scripts/generate/files.ts';
import { table } from '../../scripts/generate/markdown.ts';

describe('generated files', () => {
  it.each(generatedFiles)('$path is what its sources give', ({ path, render }) => {
    const committed = readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
    expect(committed === render(), `${path} differs from its sources: run npm run generate`).toBe(true);
  });

  it.each(generatedFiles)(
    '$path ends in one line feed and has no spaces at the ends of lines',
    ({ render }) => {
      const text = render();
      expect(text).toMatch(/[^\n]\n$/);
      expect(text.split('\n').filter((line) => /\s$/.test(line))).toEqual([]);
    },
  );
});

describe('table', () => {
  it('escapes what would end a cell', () => {
    expect(table(['a', 'b'], [['x | y', '']])).toBe('| a | b |\n| --- | --- |\n| x \\| y |  |');
  });
});
