// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of configuration files are written so
import { expect, test } from 'vitest';
import { substitute } from '../../../src/processor/config/substitute.ts';

const env = { HOST: 'vitals.example', PORT: '8080', EMPTY: '', TRICK: '${env:HOST}' };

test.for([
  ['plain', { text: 'plain' }],
  ['${env:HOST}', { text: 'vitals.example' }],
  ['http://${env:HOST}:${env:PORT}/', { text: 'http://vitals.example:8080/' }],
  ['${env:GONE:-localhost}', { text: 'localhost' }],
  ['${env:GONE:-}', { text: '' }],
  ['${env:GONE:-a:-b}', { text: 'a:-b' }],
  ['${env:EMPTY:-localhost}', { text: 'localhost' }],
  ['${env:EMPTY}', { text: '' }],
  ['${env:TRICK}', { text: '${env:HOST}' }],
  ['$${env:HOST}', { text: '${env:HOST}' }],
  ['$HOST costs 5$', { text: '$HOST costs 5$' }],
  ['${env:GONE}', { unset: 'GONE' }],
  ['${env:HOST}${env:GONE}${env:GONE2}', { unset: 'GONE' }],
  ['${HOST}', { malformed: '${HOST}' }],
  ['${env:}', { malformed: '${env:}' }],
  ['${env:1HOST}', { malformed: '${env:1HOST}' }],
  ['${env:HOST', { malformed: '${env:HOST' }],
  ['${file:/etc/passwd}', { malformed: '${file:/etc/passwd}' }],
] as const)('%s', ([text, expected]) => {
  expect(substitute(text, env)).toEqual(expected);
});
