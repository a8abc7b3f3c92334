import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/processor/config/index.ts';
import { loadTokens, type Role, Tokens } from '../../../src/processor/http/index.ts';
import { isOpenToEverybody } from '../../../src/processor/http/tokens.ts';

const readToken = 'read-0123456789abcdef';
const operatorToken = 'operator-0123456789+/~._-==';

describe('a bearer token', () => {
  const tokens = new Tokens([
    { name: 'grafana', role: 'read', token: readToken },
    { name: 'ada', role: 'operator', token: operatorToken },
  ]);

  test.for([
    [`Bearer ${readToken}`, { name: 'grafana', role: 'read' }],
    [`bearer ${operatorToken}`, { name: 'ada', role: 'operator' }],
    [`BEARER  ${readToken} `, { name: 'grafana', role: 'read' }],
  ] as const)('%s says whose it is', ([header, caller]) => {
    expect(tokens.authenticate(header)).toEqual(caller);
  });

  test.for([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Basic ${readToken}`,
    readToken,
    `Bearer ${readToken}x`,
    `Bearer ${readToken.slice(0, -1)}`,
    `Bearer ${readToken.toUpperCase()}`,
    `Bearer ${readToken} ${operatorToken}`,
    `Bearer${readToken}`,
    `Bearer ${'x'.repeat(10_000)}`,
  ])('%s is nobody', (header) => {
    expect(tokens.authenticate(header)).toBeUndefined();
  });

  test('can not be seen in what keeps it', () => {
    const seen =
      inspect(tokens, { depth: 9, showHidden: true }) +
      JSON.stringify(tokens) +
      JSON.stringify(tokens.callers);
    expect(seen).toContain('grafana');
    expect(seen).not.toContain(readToken);
  });

  test('none means that nobody has one', () => {
    expect(new Tokens([]).isEmpty).toBe(true);
    expect(tokens.isEmpty).toBe(false);
    expect(new Tokens([]).authenticate(`Bearer ${readToken}`)).toBeUndefined();
  });
});

describe('token files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const file = (name: string, content: string, mode = 0o600) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };
  const config = (tokenFile: string, role: Role = 'read') => ({ name: tokenFile, role, tokenFile });

  test('are read without the line end that editors leave', () => {
    const unix = file('unix', `${readToken}\n`);
    const windows = file('windows', `${operatorToken}\r\n\r\n`);
    const { tokens, warnings } = loadTokens([
      { name: 'grafana', role: 'read', tokenFile: unix },
      { name: 'ada', role: 'operator', tokenFile: windows },
    ]);
    expect(tokens.authenticate(`Bearer ${readToken}`)).toEqual({ name: 'grafana', role: 'read' });
    expect(tokens.authenticate(`Bearer ${operatorToken}`)).toEqual({ name: 'ada', role: 'operator' });
    expect(warnings).toEqual([]);
  });

  test('that everybody may read earn a warning', () => {
    const open = file('open', readToken, 0o644);
    expect(loadTokens([config(open)]).warnings).toEqual([
      `auth.tokens[0].token_file: every user of this machine can read ${open}; chmod 600 it`,
    ]);
    expect(loadTokens([config(file('group', readToken, 0o640))]).warnings).toEqual([]);
  });

  test('that a container engine mounts are open to its one program alone', () => {
    expect(isOpenToEverybody('/run/secrets/read_token', 0o444)).toBe(false);
    expect(isOpenToEverybody('/var/run/other/read_token', 0o444)).toBe(true);
  });

  test.for([
    ['empty', '', 'must hold a token: current value is empty'],
    ['line-ends', '\n\n', 'must hold a token: current value is empty'],
    ['short', 'fifteen-letters', 'must have at least 16 characters: current value has 15'],
    ['two-words', 'two words of more than sixteen', 'must be one word of visible ASCII characters'],
    ['two-lines', `${readToken}\n${operatorToken}`, 'must be one word of visible ASCII characters'],
    ['umlaut', 'ein-schlüssel-mit-umlaut', 'must be one word of visible ASCII characters'],
    ['long', 'x'.repeat(4097), 'must hold a token alone, at most 4096 bytes: current value is 4097'],
  ] as const)('%s: refused, without their content', ([name, content, why]) => {
    const path = file(name, content);
    const [problem, ...more] = problemsOf([config(path)]);
    expect(problem?.key).toBe('auth.tokens[0].token_file');
    expect(problem?.message).toContain(`Cannot use auth.tokens[0].token_file as `);
    expect(problem?.message).toContain(path);
    expect(problem?.message).toContain(why);
    if (content.trim() !== '') expect(problem?.message).not.toContain(content.slice(0, 15));
    expect(more).toEqual([]);
  });

  test('that are missing or no files are all named at once', () => {
    const sub = join(folder, 'folder');
    mkdirSync(sub);
    const gone = join(folder, 'gone');
    expect(problemsOf([config(gone), config(sub)]).map(({ message }) => message)).toEqual([
      `Cannot use auth.tokens[0].token_file as it must be a readable file: ENOENT for ${gone}`,
      `Cannot use auth.tokens[1].token_file as it must be a plain file: current value is ${sub}`,
    ]);
  });

  test('of one content are refused, the second naming the first', () => {
    const problems = problemsOf([
      config(file('one', readToken)),
      config(file('other', `${readToken}\n`), 'operator'),
    ]);
    expect(problems.map(({ message }) => message)).toEqual([
      'Cannot use auth.tokens[1].token_file as its token must differ from that of auth.tokens[0].token_file: current value is the same',
    ]);
  });

  test('mistaken for the token itself: it is not repeated', () => {
    const [problem] = problemsOf([config('0123456789abcdef')]);
    expect(problem?.message).toBe(
      'Cannot use auth.tokens[0].token_file as it must be the path of a readable file, not a token: ENOENT',
    );
  });
});

function problemsOf(configs: Parameters<typeof loadTokens>[0]) {
  try {
    loadTokens(configs);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
