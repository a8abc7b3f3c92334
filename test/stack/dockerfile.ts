/** One instruction of a Dockerfile: its word, its flags and what follows, lines joined. */
export interface Instruction {
  readonly word: string;
  /** Such as `from` of `--from=build`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
}

/** From one FROM to the next. */
export interface Stage {
  readonly name: string;
  /** An image, or another stage's name. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/**
 * Reads a Dockerfile as the reference describes it, as far as ours goes: no heredocs, no ARG, no parser directives that
 * change anything.
 *
 * @throws Error where it finds an instruction before the first FROM
 *
 * @example
 * readDockerfile('FROM node AS build\nRUN npm ci')[0]?.name; // 'build'
 */
export function readDockerfile(text: string): Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, ' ');
  for (const line of lines.split('\n').filter((it) => it.trim() !== '')) {
    const [word = '', ...words] = line.trim().split(/\s+/);
    const flags: Record<string, string> = {};
    while (words[0]?.startsWith('--')) {
      const [, name, value] = /^--([a-z-]+)=?(.*)$/.exec(words.shift()!) ?? [];
      flags[name!] = value!;
    }
    if (word === 'FROM') {
      stages.push({ base: words[0]!, name: words[2] ?? '', instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`Cannot read a Dockerfile as ${word} must come after FROM`);
    stage.instructions.push({ word, flags, text: words.join(' ') });
  }
  return stages;
}

/** What an instruction in exec form runs: its JSON list. */
export function execForm({ text }: Instruction): string[] {
  return JSON.parse(text.replace(/^CMD /, '')) as string[];
}
