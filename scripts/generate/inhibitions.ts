import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type Inhibition, inhibitions } from '../../src/core/index.ts';

const file = fileURLToPath(new URL('../../alertmanager.yml', import.meta.url));

const begin =
  '# Generated from src/core/alerts/inhibitions.ts by `npm run generate`: edit the table, not what follows.\n';
const end = '# End of what is generated.\n';

/**
 * Renders alertmanager.yml: as it is, with the inhibition rules of the table between their two marks.
 *
 * @returns The whole file.
 * @throws TypeError where a mark is missing, or stands twice.
 */
export function renderAlertmanager(): string {
  return withInhibitions(readFileSync(file, 'utf8'));
}

/** Puts the inhibition rules between the marks of a configuration of Alertmanager. */
export function withInhibitions(text: string): string {
  const [before, rest, ...more] = text.split(begin);
  const [, after, ...evenMore] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined || more.length + evenMore.length > 0) {
    throw new TypeError(
      `Cannot put the inhibition rules into alertmanager.yml as each of these lines must stand in it once:\n${begin}${end}`,
    );
  }
  return `${before}${begin}inhibit_rules:\n${inhibitions.map(renderInhibition).join('')}${end}${after}`;
}

function renderInhibition({ because, source, target, equal }: Inhibition): string {
  const matchers = (labels: Readonly<Record<string, string>>) =>
    Object.entries(labels).map(([label, value]) => `${label} = "${value}"`);
  const rule = {
    // To Alertmanager, labels that both lack are equal: alerts of others would silence each other.
    source_matchers: [...matchers(source), ...equal.map((label) => `${label} != ""`)],
    target_matchers: matchers(target),
    equal,
  };
  const lines = stringify([rule], { lineWidth: 0, singleQuote: true }).replace(/^(?=.)/gm, '  ');
  return `  # ${because}\n${lines}`;
}
