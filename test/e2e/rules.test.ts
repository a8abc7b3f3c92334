import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { alertNames } from '../../src/core/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { runToEnd } from '../support/process.ts';
import { requireServer, runPromtool } from '../support/servers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ruleFile = join(root, 'rules/agent-vitals.rules.yml');
const testFolder = join(root, 'test/testdata/rules');

interface Rule {
  alert?: string;
  expr: string;
  for?: string;
  keep_firing_for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
const { groups } = parse(readFileSync(ruleFile, 'utf8')) as { groups: { name: string; rules: Rule[] }[] };
const alerts = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);

/** What may go wrong in a rule: each must be found by a test of its alert. */
function mutantsOf(rule: Rule): { what: string; rule: Rule }[] {
  const mutants: { what: string; rule: Rule }[] = [];
  const withExpr = (what: string, expr: string) => mutants.push({ what, rule: { ...rule, expr } });
  const turned: Readonly<Record<string, readonly string[]>> = {
    '==': ['!='],
    '>': ['<=', '>='],
    '<': ['>=', '<='],
    '>=': ['<', '>'],
  };
  for (const { 0: operator, index } of rule.expr.matchAll(/(?<= )(?:==|>=|>|<)(?= )/g)) {
    const after = rule.expr.slice(index + operator.length);
    for (const other of turned[operator] ?? []) {
      // A count is never 0.
      if (other === '>=' && /^ 0\b(?!\.)/.test(after)) continue;
      withExpr(`${operator} as ${other} at ${index}`, rule.expr.slice(0, index) + other + after);
    }
  }
  const lines = rule.expr.split('\n');
  for (const [at, line] of lines.entries()) {
    if (!/^ *(unless|or) /.test(line)) continue;
    withExpr(`without ${line.trim()}`, lines.filter((_, other) => other !== at).join('\n'));
  }
  for (const { 0: whole, 1: values = '', index } of rule.expr.matchAll(/=~"([^"]+)"/g)) {
    for (const value of values.split('|')) {
      const others = values.split('|').filter((other) => other !== value);
      const fewer = `=~"${others.join('|')}"`;
      withExpr(`without ${value}`, rule.expr.slice(0, index) + fewer + rule.expr.slice(index + whole.length));
    }
  }
  const both = / > \d+( > .*)$/m.exec(rule.expr);
  if (both !== null) withExpr(`without${both[1]}`, rule.expr.replace(both[1]!, ''));
  const { for: holds, keep_firing_for: keeps, ...bare } = rule;
  mutants.push({ what: 'for as 10m', rule: { ...rule, for: '10m' } });
  if (holds !== undefined)
    mutants.push({
      what: 'no for',
      rule: { ...bare, ...(keeps === undefined ? {} : { keep_firing_for: keeps }) },
    });
  if (keeps !== undefined)
    mutants.push({
      what: 'no keep_firing_for',
      rule: { ...bare, ...(holds === undefined ? {} : { for: holds }) },
    });
  // What always fires is never kept firing.
  if (rule.alert !== 'Watchdog') {
    mutants.push({ what: 'keep_firing_for as 10m', rule: { ...rule, keep_firing_for: '10m' } });
  }
  return mutants;
}

/** A few at a time: all at once take longer than a process may. */
async function runRuleTests(promtool: string, files: readonly string[]): Promise<string> {
  let output = '';
  for (let at = 0; at < files.length; at += 8) {
    const { stdout, stderr } = await runToEnd(promtool, ['test', 'rules', ...files.slice(at, at + 8)], {
      timeoutMs: 60_000,
    });
    output += stdout + stderr;
  }
  return output;
}

describe('the rules for Prometheus', () => {
  it('are taken by promtool, without a remark', async (context) => {
    requireServer(context, 'promtool');
    const { code, stdout, stderr } = await runPromtool([
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      ruleFile,
    ]);
    expect(code, `${stdout}${stderr}`).toBe(0);
  });

  it('say what is wrong, where to read on, and who is meant', () => {
    for (const { labels, annotations } of alerts) {
      expect(Object.keys(labels)).toEqual(['severity', 'scope', 'subject']);
      expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url']);
      // What changes while an alert fires would make another one of it.
      expect(Object.values(labels).join()).not.toContain('$value');
    }
  });

  it('link to sections that the runbook has', () => {
    const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
    const anchors = [...runbook.matchAll(/^## (\w+)$/gm)].map(
      ([, name]) => `docs/runbook.md#${name!.toLowerCase()}`,
    );
    expect([...new Set(alerts.map(({ annotations }) => annotations.runbook_url))].sort()).toEqual(
      anchors.sort(),
    );
  });

  it('have a file of tests each', () => {
    expect(readdirSync(testFolder).sort()).toEqual(alertNames.map((name) => `${name}.yml`).sort());
    expect(new Set(alerts.map(({ alert }) => alert))).toEqual(new Set(alertNames));
  });

  it.for(['promtool', 'promtool-oldest'] as const)(
    'fire when they shall, and at no other time: %s',
    { timeout: 300_000 },
    async (program, context) => {
      const files = alertNames.map((name) => join(testFolder, `${name}.yml`));
      const stdout = await runRuleTests(requireServer(context, program), files);
      expect(stdout.match(/SUCCESS/g), stdout).toHaveLength(files.length);
    },
  );

  it('would be found out, whichever part of one were wrong', async (context) => {
    const promtool = requireServer(context, 'promtool');
    const folder = temporaryFolder();
    const files = new Map<string, string>();
    for (const rule of alerts) {
      for (const { what, rule: mutant } of mutantsOf(rule)) {
        const place = join(folder, String(files.size));
        mkdirSync(place);
        // The other severity of the alert stays as it is.
        const others = alerts.filter((other) => other !== rule && other.alert === rule.alert);
        writeFileSync(
          join(place, 'rules.yml'),
          stringify({ groups: [{ name: 'mutant', rules: [mutant, ...others] }] }),
        );
        const tests = parse(readFileSync(join(testFolder, `${rule.alert}.yml`), 'utf8')) as object;
        const file = join(place, 'tests.yml');
        writeFileSync(
          file,
          stringify({ ...tests, rule_files: ['rules.yml'] }, { aliasDuplicateObjects: false }),
        );
        files.set(file, `${rule.alert} (${rule.labels.severity}), ${what}`);
      }
    }
    expect(files.size).toBeGreaterThan(150);
    const stdout = await runRuleTests(promtool, [...files.keys()]);
    expect(stdout.match(/^Unit Testing: /gm)).toHaveLength(files.size);
    const survivors = [...stdout.matchAll(/^Unit Testing: +(\S+)\n +SUCCESS$/gm)].map(([, file]) =>
      files.get(file!),
    );
    expect(survivors).toEqual([]);
    // Found out by the tests, not by the parser.
    expect(stdout).not.toMatch(/parse error|could not parse/);
  }, 600_000);
});
