import type { DashboardFile } from '../dashboards.ts';
import { layoutRules } from './layout.ts';
import { lookRules } from './looks.ts';
import { queryRules } from './queries.ts';
import { referenceRules } from './references.ts';
import type { LintRule } from './rule.ts';
import { wordRules } from './words.ts';

export const lintRules: readonly LintRule[] = [
  ...wordRules,
  ...lookRules,
  ...layoutRules,
  ...referenceRules,
  ...queryRules,
];

/** What is wrong with dashboards: the rule's name and a message each. */
export function lint(files: readonly DashboardFile[]): { readonly rule: string; readonly message: string }[] {
  return files.flatMap((file) =>
    lintRules.flatMap(({ name, check }) => check(file, files).map((message) => ({ rule: name, message }))),
  );
}
