import { agentMetricKeys, agentMetricOfName, attributeOfName } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import { AgentSet } from '../../../src/processor/otlp/agent-set.ts';
import { attributeNames } from '../../../src/processor/otlp/attributes.ts';
import { Body } from '../../../src/processor/otlp/body.ts';
import { knownMetrics, metricNames } from '../../../src/processor/otlp/metric-table.ts';
import { NameTable } from '../../../src/processor/otlp/name-table.ts';
import { cutAtCharacter, StringCache } from '../../../src/processor/otlp/string-cache.ts';
import { Random } from './random.ts';

function bodyOf(...texts: string[]): Body {
  const body = new Body();
  body.load(Buffer.from(texts.join('')));
  return body;
}

function find(table: NameTable, name: string): number {
  const { bytes, view } = bodyOf('«', name, '»');
  return table.find(view, 2, bytes.length - 2);
}

describe('a table of names', () => {
  it('knows every name that the contract knows, and by the same meaning', () => {
    const table = new NameTable(metricNames);
    for (const [name] of metricNames)
      expect(knownMetrics[find(table, name)]?.key).toBe(agentMetricOfName(name));
    expect(new Set(metricNames.map(([, code]) => code)).size).toBe(agentMetricKeys.length);
    const attributes = new NameTable(attributeNames);
    for (const [name, code] of attributeNames) expect(find(attributes, name)).toBe(code);
    expect(attributeNames.filter(([name]) => attributeOfName(name) !== undefined).length).toBeGreaterThan(40);
  });

  it('knows no other, however like', () => {
    const table = new NameTable(metricNames);
    const codes = new Map(metricNames);
    for (const [name] of metricNames) {
      for (let i = 0; i < name.length; i++) {
        const changed = `${name.slice(0, i)}${name[i] === 'x' ? 'y' : 'x'}${name.slice(i + 1)}`;
        for (const other of [changed, name.slice(0, i)])
          expect(find(table, other), other).toBe(codes.get(other) ?? -1);
      }
    }
  });

  it('has room for names of any length', () => {
    const names = ['a', 'b', 'ab', 'ba', 'abc', 'abcd', 'abce', 'abcde', 'x'.repeat(300)];
    const table = new NameTable(names.map((name, code) => [name, code]));
    expect(names.map((name) => find(table, name))).toEqual(names.map((_, code) => code));
    expect([find(table, ''), find(table, 'c'), find(table, 'x'.repeat(299))]).toEqual([-1, -1, -1]);
  });
});

describe('a cache of strings', () => {
  it('gives the string that is there, whatever it was asked before', () => {
    const random = new Random(3);
    const cache = new StringCache();
    const alphabet = [...'abcdefgh', 'é', '日', '🦀'];
    for (let round = 0; round < 20_000; round++) {
      const text = random.upTo(random.pick([2, 6, 30]), () => random.pick(alphabet)).join('');
      const body = bodyOf('(', text, ')');
      expect(cache.get(body, 1, body.bytes.length - 1)).toBe(text);
    }
  });

  it('gives the same string again', () => {
    const cache = new StringCache();
    const body = bodyOf('busy', 'busy', 'x'.repeat(65));
    expect(cache.get(body, 0, 4)).toBe(cache.get(body, 4, 8));
    expect(cache.get(body, 8, 73)).toBe('x'.repeat(65));
  });
});

describe('a text that is cut', () => {
  it.each([
    ['abcdef', 3, 'abc'],
    ['abc', 3, 'abc'],
    ['aé', 2, 'a'],
    ['aé', 3, 'aé'],
    ['日本', 5, '日'],
    ['🦀🦀', 7, '🦀'],
    ['🦀', 3, ''],
  ])('%s to %i bytes is %s', (text, maxBytes, expected) => {
    const bytes = Buffer.from(text);
    expect(bytes.toString('utf8', 0, cutAtCharacter(bytes, 0, bytes.length, maxBytes))).toBe(expected);
  });

  it('loses no more than a character where it is not UTF-8', () => {
    const bytes = Buffer.alloc(20, 0x80);
    expect(cutAtCharacter(bytes, 0, 20, 10)).toBe(7);
  });
});

describe('a set of agents', () => {
  it('tells what is new', () => {
    const random = new Random(5);
    const set = new AgentSet();
    for (let round = 0; round < 3; round++) {
      const ids = Array.from({ length: 3_000 }, () => `agent-${random.below(1_500)}`);
      const bytes = Buffer.from(ids.join(''));
      const known = new Set<string>();
      let start = 0;
      for (const id of ids) {
        expect(set.add(bytes, start, start + id.length)).toBe(!known.has(id));
        known.add(id);
        start += id.length;
      }
      set.clear();
    }
  });
});
