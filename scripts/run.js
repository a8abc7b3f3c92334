// `npm start`, `npm run stack` and `npm test`: sets up what is missing, then runs on the pinned Node. Plain JavaScript on Node's
// own modules, because an old Node must be able to read it before anything is installed.
import { fileURLToPath } from 'node:url';
import { interruption, passSignalsOn, run } from './child.js';
import { CannotError } from './errors.js';
import { install, whyInstall } from './install.js';
import { findNode, linkNode, noNodeMessage } from './node.js';

const startedAt = Date.now();
const root = fileURLToPath(new URL('..', import.meta.url));
const usage = 'Usage: node scripts/run.js start | stack [--demo] | test [arguments of vitest]';

passSignalsOn();
process.chdir(root);
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CannotError)) throw error;
  process.exitCode = interruption() ?? 1;
  if (interruption() === undefined) process.stderr.write(`${error.message}\n`);
  if (process.argv[2] === 'test') close({ passed: 0, failed: 1, skipped: 0 });
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main([command, ...rest]) {
  if (command === 'start') return start(await setUp());
  if (command === 'stack') return stack(await setUp(), rest);
  if (command === 'test') return test(await setUp(), rest);
  process.stderr.write(
    `Cannot run ${command ?? 'without a command'} as it must be start, stack or test. ${usage}\n`,
  );
  return 2;
}

/**
 * Installs where it is due, and finds the Node to go on with.
 *
 * @returns {Promise<string>} its path
 */
async function setUp() {
  const reason =
    whyInstall(root) ?? (findNode(root) === undefined ? 'the pinned Node is missing' : undefined);
  if (reason === undefined) {
    progress('Packages are installed');
  } else {
    progress(`Installing the packages, as ${reason} (the first time takes up to a minute)`);
    await install(progress);
    stopIfInterrupted();
  }
  const node = findNode(root);
  if (node === undefined) throw new CannotError(noNodeMessage());
  if (node.isPinned) linkNode(root, node.path);
  progress(`Using Node ${node.version}${node.isPinned ? ', the pinned one' : ''}`);
  return node.path;
}

/** @param {string} node */
function start(node) {
  progress('Starting the demo (Ctrl-C ends it)');
  const flags = ['--conditions=@agent-vitals/source', '--disable-warning=ExperimentalWarning'];
  return run(node, [...flags, 'src/demo/main.ts'], { onMessage: () => {} });
}

/**
 * @param {string} node
 * @param {readonly string[]} args passed on to scripts/stack.ts
 */
function stack(node, args) {
  const flags = ['--conditions=@agent-vitals/source', '--disable-warning=ExperimentalWarning'];
  return run(node, [...flags, 'scripts/stack.ts', ...args], { onMessage: () => {} });
}

/**
 * @param {string} node
 * @param {readonly string[]} args passed on to vitest
 */
async function test(node, args) {
  await check('Checking the types', node, ['--run', 'typecheck']);
  await check('Checking style and import guards', node, ['--run', 'lint']);
  await check('Looking for the servers that tests run against', node, ['scripts/servers.ts'], progress);
  progress('Running the tests');
  const reporters = args.some((arg) => arg.startsWith('--reporter')) ? [] : ['--reporter=default'];
  /** @type {{ passed: number, failed: number, skipped: number }} */
  let counts = { passed: 0, failed: 0, skipped: 0 };
  const code = await run(
    node,
    ['node_modules/vitest/vitest.mjs', 'run', ...reporters, '--reporter=./scripts/counts.ts', ...args],
    { onMessage: (message) => ({ counts } = /** @type {{ counts: typeof counts }} */ (message)) },
  );
  const { passed, failed, skipped } = counts;
  if (passed + failed === 0) process.stderr.write('Cannot pass as at least one test must run: none did.\n');
  const isFine = code === 0 && passed > 0 && failed === 0;
  close(code !== 0 && failed === 0 ? { passed, failed: 1, skipped } : counts);
  return isFine ? 0 : code || 1;
}

/**
 * A step before the tests: its failure is the run's.
 *
 * @param {string} title
 * @param {string} node
 * @param {readonly string[]} args
 * @param {(line: string) => void} [onLine]
 */
async function check(title, node, args, onLine) {
  progress(title);
  const code = await run(node, args, onLine ? { onLine } : {});
  stopIfInterrupted();
  if (code !== 0)
    throw new CannotError(`${title} failed with exit code ${code}: see above. No test has run.`);
}

function stopIfInterrupted() {
  const code = interruption();
  if (code !== undefined) process.exit(code);
}

/** @param {string} line */
function progress(line) {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`[${seconds.padStart(5)} s] ${line}\n`);
}

/**
 * The last line: how many tests passed and failed. A step before the tests that fails counts as one.
 *
 * @param {{ passed: number, failed: number, skipped: number }} counts
 */
function close({ passed, failed, skipped }) {
  process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
}
