import { prometheusName } from '@agent-vitals/contract';
import type { Family } from './family.ts';
import { lookCost, type Pace, sliceRows } from './pace.ts';
import { familyHeader, formatValue } from './text-format.ts';

/** Takes a piece of the exposition and settles when more may come. */
export type ChunkSink = (chunk: string) => Promise<void>;

/** Gathers rows and hands them on, 512 at a time. */
export class RowWriter {
  readonly #write: ChunkSink;
  readonly #pace: Pace;
  readonly #toEpochSeconds: (atMs: number) => number;
  #text = '';
  #rows = 0;
  #full: string[] = [];
  #series = 0;

  /**
   * @param write - Takes the pieces.
   * @param pace - Gives way between them.
   * @param toEpochSeconds - Turns a moment of the fleet's time line into seconds since the epoch.
   */
  constructor(write: ChunkSink, pace: Pace, toEpochSeconds: (atMs: number) => number) {
    this.#write = write;
    this.#pace = pace;
    this.#toEpochSeconds = toEpochSeconds;
  }

  /** Rows taken so far. */
  get series(): number {
    return this.#series;
  }

  /** Writes families whole, one after the other, the header of each only if it has rows. */
  async families<Subject extends { readonly labels: string }>(
    families: readonly Family<Subject>[],
    subjects: readonly Subject[],
  ): Promise<void> {
    for (const family of families) await this.#family(family, subjects);
  }

  /** Hands on what is left. */
  async flush(): Promise<void> {
    if (this.#rows > 0) this.#cut();
    await this.#handOn();
  }

  async #family<Subject extends { readonly labels: string }>(
    family: Family<Subject>,
    subjects: readonly Subject[],
  ): Promise<void> {
    const name = prometheusName(family.metric);
    let header = familyHeader(family.metric);
    let subjectLabels = '';
    const row = (labels: string, value: number) => {
      const separator = subjectLabels !== '' && labels !== '' ? ',' : '';
      const all = `${subjectLabels}${separator}${labels}`;
      this.#add(`${header}${name}${all === '' ? '' : `{${all}}`} ${formatValue(value)}\n`);
      header = '';
    };
    for (const subject of subjects) {
      if (this.#pace.spend(lookCost)) await this.#pace.giveWay();
      subjectLabels = subject.labels;
      family.rows(subject, row, this.#toEpochSeconds);
      if (this.#full.length > 0) await this.#handOn();
    }
  }

  #add(line: string): void {
    this.#text += line;
    this.#rows += 1;
    this.#series += 1;
    if (this.#rows === sliceRows) this.#cut();
  }

  #cut(): void {
    this.#full.push(this.#text);
    this.#text = '';
    this.#rows = 0;
  }

  async #handOn(): Promise<void> {
    const chunks = this.#full;
    this.#full = [];
    for (const chunk of chunks) await this.#write(chunk);
    await this.#pace.giveWay();
  }
}
