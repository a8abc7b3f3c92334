/** One sample of a text exposition. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric family as it stands in the text. */
export interface ExposedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;

/**
 * Reads Prometheus' text format 0.0.4 and holds it to its rules: each family has HELP and TYPE once, before its
 * samples, which stand together; no series occurs twice; every line is ended.
 *
 * @throws Error that names the line which breaks a rule
 */
export function parseExposition(text: string): ExposedFamily[] {
  if (!text.endsWith('\n')) throw new Error('The last line is not ended');
  const families = new Map<string, { name: string; type: string; help: string; samples: Sample[] }>();
  const series = new Set<string>();
  let help: { name: string; text: string } | undefined;
  let family: { name: string; type: string; help: string; samples: Sample[] } | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`);
    };
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment?.[1] === 'HELP') {
      help = { name: comment[2]!, text: comment[3]! };
    } else if (comment?.[1] === 'TYPE') {
      const name = comment[2]!;
      if (help?.name !== name) fail('TYPE without its HELP');
      if (families.has(name)) fail('A family occurs twice');
      family = { name, type: comment[3]!, help: help!.text, samples: [] };
      families.set(name, family);
    } else if (line.startsWith('#')) {
      fail('Neither HELP nor TYPE');
    } else {
      const sample = parseSample(line) ?? fail('Not a sample');
      if (family === undefined || familyOf(sample.name, family.type) !== family.name)
        fail('Outside of its family');
      const identity = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (series.has(identity)) fail('A series occurs twice');
      series.add(identity);
      family!.samples.push(sample);
    }
  }
  return [...families.values()];
}

function familyOf(sampleName: string, type: string): string {
  return type === 'histogram' ? sampleName.replace(/_(bucket|sum|count)$/, '') : sampleName;
}

function parseSample(line: string): Sample | undefined {
  const name = metricName.exec(line)?.[0];
  if (name === undefined) return undefined;
  const labels: Record<string, string> = {};
  let rest = line.slice(name.length);
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    for (;;) {
      const pair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|\})/.exec(rest);
      if (pair === null || pair[1]! in labels) return undefined;
      labels[pair[1]!] = pair[2]!.replace(/\\([\\"n])/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
      rest = rest.slice(pair[0].length);
      if (pair[3] === '}') break;
    }
  }
  const value = /^ ([+-]Inf|NaN|[-+]?[0-9.]+(?:e[-+]?[0-9]+)?)$/.exec(rest)?.[1];
  if (value === undefined) return undefined;
  return { name, labels, value: value.endsWith('Inf') ? Number(`${value}inity`) : Number(value) };
}
