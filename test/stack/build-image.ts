import { cpSync, existsSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, matchesGlob } from 'node:path';
import { runToEnd } from '../support/process.ts';
import { execForm, readDockerfile, type Stage } from './dockerfile.ts';

/** What building a stage has left: a folder in place of its root, and how it would be run. */
export interface BuiltImage {
  readonly root: string;
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

type Changing<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Goes through a Dockerfile's steps without an engine: a stage's root is a folder, COPY copies between them, RUN runs
 * in the working folder. What only an engine can do is left out: the base image, users, mounts.
 *
 * @param context the folder that is built from; `.dockerignore` in it holds
 * @param folder where the stages' folders are made
 * @param env added to the environment of each RUN
 * @throws Error with the step and what it said, where a step fails
 *
 * @example
 * const [image] = await buildImages('.', temporaryFolder(), ['processor'], {});
 */
export async function buildImages(
  context: string,
  folder: string,
  targets: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<BuiltImage[]> {
  const stages = readDockerfile(readFileSync(join(context, 'Dockerfile'), 'utf8'));
  const built = new Map<string, BuiltImage>();
  const isSent = ignoring(readFileSync(join(context, '.dockerignore'), 'utf8'));

  const build = async (stage: Stage): Promise<BuiltImage> => {
    const known = built.get(stage.name);
    if (known !== undefined) return known;
    const root = join(folder, stage.name);
    mkdirSync(root, { recursive: true });
    const baseStage = stages.find(({ name }) => name === stage.base);
    const base = baseStage === undefined ? scratch : await build(baseStage);
    const image: Changing<BuiltImage> = { ...base, root };
    // Layers of an engine cost nothing; a copy of node_modules does.
    if (!stage.instructions.some(({ word }) => ['COPY', 'RUN', 'WORKDIR'].includes(word)))
      image.root = base.root;
    else if (base !== scratch) copy(base.root, root);
    const within = (path: string) =>
      join(root, path.startsWith('/') ? path : join(image.workingFolder, path));
    for (const instruction of stage.instructions) {
      const { word, flags, text } = instruction;
      if (word === 'WORKDIR') {
        image.workingFolder = text;
        mkdirSync(within(text), { recursive: true });
      } else if (word === 'COPY') {
        const paths = text.split(' ');
        const to = paths.pop()!;
        const from = flags.from === undefined ? undefined : await build(stageNamed(stages, flags.from));
        for (const path of paths) {
          if (from !== undefined) copy(join(from.root, path), within(to));
          else copyContext(context, path, within(to), to.endsWith('/'), isSent);
        }
      } else if (word === 'RUN') {
        const options = { cwd: within('.'), env: { ...image.env, ...env }, timeoutMs: 240_000 };
        const { code, stdout, stderr } = await runToEnd('sh', ['-c', text], options);
        if (code !== 0) throw new Error(`RUN ${text} ended with ${code}:\n${stdout}${stderr}`);
      } else if (word === 'ENV') {
        const pairs = text.split(' ').map((pair) => pair.split('=') as [string, string]);
        image.env = { ...image.env, ...Object.fromEntries(pairs) };
      } else if (word === 'USER') image.user = text;
      else if (word === 'ENTRYPOINT') image.entrypoint = execForm(instruction);
      else if (word === 'CMD') image.command = execForm(instruction);
      else if (word === 'HEALTHCHECK') image.healthCheck = execForm(instruction);
      else if (!['LABEL', 'VOLUME', 'EXPOSE'].includes(word)) {
        throw new Error(`Cannot build ${stage.name} as ${word} must be a known instruction`);
      }
    }
    built.set(stage.name, image);
    return image;
  };
  const images: BuiltImage[] = [];
  for (const target of targets) images.push(await build(stageNamed(stages, target)));
  return images;
}

/** An image that nobody has built: the folder of its files is empty. */
const scratch: BuiltImage = {
  root: '',
  workingFolder: '/',
  env: {},
  user: '',
  entrypoint: [],
  command: [],
  healthCheck: [],
};

function stageNamed(stages: readonly Stage[], name: string): Stage {
  const stage = stages.find((it) => it.name === name);
  if (stage === undefined) throw new Error(`Cannot build ${name} as there must be a stage of that name`);
  return stage;
}

/** A folder's content goes into the target, as COPY does it. */
function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

function copyContext(
  context: string,
  path: string,
  to: string,
  isFolder: boolean,
  isSent: (path: string) => boolean,
): void {
  const from = join(context, path);
  if (!existsSync(from)) throw new Error(`Cannot copy ${path} as it must be there`);
  if (statSync(from).isFile()) {
    if (!isSent(path)) throw new Error(`Cannot copy ${path} as .dockerignore must let it through`);
    copy(
      from,
      isFolder
        ? join(to, basename(path))
        : to.endsWith('/.') || existsSync(to)
          ? join(to, basename(path))
          : to,
    );
    return;
  }
  for (const file of globSync('**/*', { cwd: from })) {
    if (isSent(join(path, file)) && statSync(join(from, file)).isFile())
      copy(join(from, file), join(to, file));
  }
}

/** `.dockerignore`: the last pattern that fits a path or a folder above it decides. */
function ignoring(text: string): (path: string) => boolean {
  const patterns = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return (path) => {
    const parts = path.split('/');
    const own = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    let isIgnored = false;
    for (const pattern of patterns) {
      const bare = pattern.replace(/^!/, '');
      if (own.some((it) => matchesGlob(it, bare))) isIgnored = !pattern.startsWith('!');
    }
    return !isIgnored;
  };
}
