import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './folder.ts';

/** The repository's own. */
export const alertmanagerFile = fileURLToPath(new URL('../../alertmanager.yml', import.meta.url));

/**
 * Copies the repository's alertmanager.yml with two differences: on-call and the team get webhooks, and the waits of
 * its groups are short.
 *
 * @param sinkUrl - On-call's notifications go to `/on-call` below it, the team's to `/team`.
 * @param waits - In place of every `group_wait` and `group_interval`.
 * @returns The copy's path.
 */
export function alertmanagerConfig(
  sinkUrl: string,
  waits = { groupWait: '300ms', groupInterval: '1s' },
): string {
  let text = readFileSync(alertmanagerFile, 'utf8');
  const replaceAll = (pattern: RegExp, by: string) => {
    if (!pattern.test(text)) throw new Error(`Cannot see ${pattern} in alertmanager.yml`);
    text = text.replace(pattern, by);
  };
  replaceAll(/group_wait: \S+/g, `group_wait: ${waits.groupWait}`);
  replaceAll(/group_interval: \S+/g, `group_interval: ${waits.groupInterval}`);
  for (const name of ['on-call', 'team']) {
    replaceAll(
      new RegExp(`^  - name: ${name}$`, 'm'),
      `$&\n    webhook_configs: [{ url: '${sinkUrl}/${name}' }]`,
    );
  }
  const file = join(temporaryFolder(), 'alertmanager.yml');
  writeFileSync(file, text);
  return file;
}

/** The same with all its examples of receivers taken out of their comments. */
export function withExamples(text: string): string {
  return text.replace(/^ {4}# (?=\w+_configs:| {2})/gm, '    ');
}
