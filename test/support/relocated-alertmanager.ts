import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * Debian's Alertmanager reads its templates from /usr/share, where a test puts nothing: a copy of the program reads
 * them beside itself, once it is started in its own folder.
 *
 * @returns the path of the copy
 */
export function relocatedAlertmanager(program: string): string {
  const copy = `${program}-relocated`;
  if (existsSync(copy)) return copy;
  const bytes = readFileSync(program);
  const [there, here] = [Buffer.from('/usr/share/prometheus/'), Buffer.from('./../share/prometheus/')];
  for (let at = bytes.indexOf(there); at >= 0; at = bytes.indexOf(there, at + here.length))
    here.copy(bytes, at);
  const fresh = `${copy}.${process.pid}`;
  writeFileSync(fresh, bytes, { mode: 0o755 });
  renameSync(fresh, copy);
  return copy;
}
