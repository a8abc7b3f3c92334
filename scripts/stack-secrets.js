// `npm run stack:secrets`: makes the tokens and the password that docker-compose.yml mounts. Plain JavaScript on Node's
// own modules: somebody with Docker has nothing installed yet.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What each file is for; docker-compose.yml names the same ones. */
export const stackSecrets = /** @type {const} */ ({
  'ingest-token': 'with it the Collector feeds the processor',
  'read-token': 'with it Prometheus scrapes the processor, and programs read REST',
  'operator-token': 'with it you log in to the page and change things',
  'grafana-admin-password': 'with it `admin` logs in to Grafana',
});

/**
 * Makes the files that aren't there; one that is there is never touched, so that it can be run again at any time.
 *
 * Every container runs as a user of its own, and Docker mounts a file with the rights that it has here: so each file is
 * readable by all, in a folder that only its owner may enter.
 *
 * @param {string} folder
 * @returns {{ name: string, isNew: boolean }[]}
 * @throws {Error} where the folder or a file can't be written, or one that is there is empty or no file
 */
export function makeStackSecrets(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return Object.keys(stackSecrets).map((name) => {
    const file = join(folder, name);
    try {
      // 32 bytes: nobody guesses them, and base64url needs no quotes anywhere. No newline: older Collectors would send it.
      writeFileSync(file, randomBytes(32).toString('base64url'), { flag: 'wx' });
      chmodSync(file, 0o444); // whatever the umask is
      return { name, isNew: true };
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const stats = statSync(file);
    if (!stats.isFile() || stats.size === 0) {
      const what = stats.isFile() ? 'an empty file' : 'no file';
      // Older Docker versions make a folder where a file to be mounted is missing.
      throw new Error(
        `Cannot use ${file} as it must hold a secret: current value is ${what}. Remove it, and run this again.`,
      );
    }
    return { name, isNew: false };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const folder = process.argv[2] ?? join(root, 'secrets');
  try {
    for (const { name, isNew } of makeStackSecrets(folder)) {
      const file = relative(process.cwd(), join(folder, name));
      const purpose = stackSecrets[/** @type {keyof typeof stackSecrets} */ (name)];
      process.stdout.write(`${isNew ? 'made' : 'kept'}  ${file}  (${purpose})\n`);
    }
    process.stdout.write('They are in no other place: keep a copy. Next: docker compose up -d\n');
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
