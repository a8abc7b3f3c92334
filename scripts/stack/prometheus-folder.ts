import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Targets of one of the files in stack/targets, as Prometheus' file-based discovery takes them. */
export interface TargetGroup {
  /** `host:port` each. */
  readonly targets: readonly string[];
  /** Such as `__scrape_interval__`, which wins over scrape_interval. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The files that prometheus.yml looks for targets in. */
export type TargetFile = 'agent-vitals' | 'otel-collector' | 'alertmanager';

/**
 * Lays out a folder in which Prometheus reads the repository's prometheus.yml and rules/ (as links, so a change and a
 * reload are enough) and targets of one's own. Nothing in the repository's files is replaced: its paths are relative.
 *
 * @param root the repository's folder
 * @param folder is made anew
 * @param targets files that aren't named are empty lists
 * @param token for the processor's /metrics; without one Prometheus gets the repository's, which nobody heeds
 * @returns the path for `--config.file`
 *
 * @example
 * const file = layOutPrometheus('.', 'data/stack', { 'agent-vitals': [{ targets: ['127.0.0.1:8080'] }] });
 */
export function layOutPrometheus(
  root: string,
  folder: string,
  targets: Partial<Record<TargetFile, readonly TargetGroup[]>>,
  token?: string,
): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'stack/targets'), { recursive: true });
  for (const name of ['prometheus.yml', 'rules']) {
    symlinkSync(join(root, name), join(folder, name));
  }
  if (token === undefined) symlinkSync(join(root, 'stack/read-token'), join(folder, 'stack/read-token'));
  else writeFileSync(join(folder, 'stack/read-token'), token, { mode: 0o600 });
  for (const name of ['agent-vitals', 'otel-collector', 'alertmanager'] as const) {
    // JSON is YAML.
    writeFileSync(join(folder, `stack/targets/${name}.yml`), `${JSON.stringify(targets[name] ?? [])}\n`);
  }
  return join(folder, 'prometheus.yml');
}
