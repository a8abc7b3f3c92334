import { type AgentBlock, agentsPerImage, none, rowMask } from './block.ts';
import type { AgentDetail } from './detail.ts';
import type { IntegrationBook, SavedIntegration } from './health/integration-book.ts';
import type { SavedWork, WorkBook } from './health/work-book.ts';
import type { IdDirectory } from './id-directory.ts';
import { firstIntegrationImage, type ImageChanges, integrationsPerImage } from './image-changes.ts';
import type { Pipelines, SavedWays } from './pipelines.ts';
import type { Registry } from './registry.ts';
import type { Tombstone, Tombstones } from './tombstones.ts';

/** Rises with every change of what an image holds. */
export const imageVersion = 4;

/**
 * The agents of some slots as they are kept, or integrations (which have texts alone): nothing in it refers to
 * anything outside of it.
 */
export interface BlockImage {
  readonly index: number;
  /** Of each column the rows. */
  readonly columns: Uint8Array;
  /** For each row the length of its id (two bytes, little-endian; 0 for a free row) and the id. */
  readonly ids: Uint8Array;
  /** JSON: the texts that the columns refer to by number, and the details and windows of rows that have any. */
  readonly texts: string;
}

interface Texts {
  sessions: [number, string][];
  types: [number, string][];
  pipelines: [number, string][];
  ways: SavedWays;
  details: [number, AgentDetail][];
  work: [number, SavedWork][];
  tombstones: Tombstone[];
}

/** What an image is made of, and put back into. */
export interface ImageSource {
  readonly registry: Registry;
  readonly work: WorkBook;
  readonly integrations: IntegrationBook;
  readonly changes: ImageChanges;
  readonly pipelines: Pipelines;
  readonly tombstones: Tombstones;
}

/** Copies the agents, or integrations, of one image. */
export function takeImage(source: ImageSource, index: number): BlockImage {
  if (index >= firstIntegrationImage) return takeIntegrations(source.integrations, index);
  const { registry, work, pipelines: ways, tombstones } = source;
  const first = index * agentsPerImage;
  const block = registry.ensureBlock(first);
  const firstRow = first & rowMask;
  const texts: Texts = {
    sessions: textsIn(block, firstRow, block.session, (at) => registry.sessions.textOf(at)),
    types: textsIn(block, firstRow, block.type, (at) => registry.types.textOf(at)),
    pipelines: textsIn(block, firstRow, block.pipeline, (at) => registry.pipelines.textOf(at)),
    ways: ways.save(usedIn(block, firstRow, block.pipeline), episodesIn(block, firstRow)),
    details: [],
    work: [],
    tombstones: tombstones.ofImage(index),
  };
  for (let row = 0; row < agentsPerImage; row++) {
    if (block.status[firstRow + row] === none) continue;
    const slot = first + row;
    const detail = registry.detail(slot);
    if (detail !== undefined) texts.details.push([row, detail]);
    const saved = work.save(slot);
    if (saved !== undefined) texts.work.push([row, saved]);
  }
  return {
    index,
    columns: block.copyRows(firstRow),
    ids: packIds(registry.ids, block, first),
    texts: JSON.stringify(texts),
  };
}

/**
 * Puts an image's agents, or integrations, back as they were.
 *
 * @param source - Its registry holds no agents of this index yet.
 * @param image - As {@link takeImage} made it.
 * @throws RangeError where the image is not one of this version's.
 */
export function putImage(source: ImageSource, image: BlockImage): void {
  if (image.index >= firstIntegrationImage) {
    putIntegrations(source, image);
    return;
  }
  const { registry, work, pipelines: ways, tombstones } = source;
  const { columns, ids, index } = image;
  const first = index * agentsPerImage;
  const block = registry.ensureBlock(first);
  block.putRows(first & rowMask, columns);
  const texts = JSON.parse(image.texts) as Texts;
  const sessions = new Map(texts.sessions);
  const types = new Map(texts.types);
  const pipelines = new Map(texts.pipelines);
  const silences = ways.restore(texts.ways);
  tombstones.restore(texts.tombstones);
  let at = 0;
  for (let slot = first; slot < first + agentsPerImage; slot++) {
    const row = slot & rowMask;
    const length = ids[at]! | (ids[at + 1]! << 8);
    at += 2;
    if (length === 0) {
      block.reset(row, 0);
      block.session[row] = 0;
      block.type[row] = 0;
      block.pipeline[row] = 0;
      continue;
    }
    if (at + length > ids.length) {
      throw new RangeError(
        `Cannot restore image ${index} as its ids end early: current value is ${ids.length} bytes`,
      );
    }
    block.session[row] = Math.max(0, registry.sessions.acquire(sessions.get(block.session[row]!) ?? ''));
    registry.putBack(slot, ids, at, at + length);
    at += length;
    block.type[row] = Math.max(0, registry.types.acquire(types.get(block.type[row]!) ?? ''));
    block.pipeline[row] = Math.max(0, registry.pipelines.acquire(pipelines.get(block.pipeline[row]!) ?? ''));
    if (block.gapEpisode[row] !== 0) {
      const silence = silences.get(block.gapEpisode[row]! - 1) ?? 0;
      block.gapEpisode[row] = silence + 1;
      ways.countUnknown(silence, 1);
    }
  }
  for (const [row, saved] of texts.work) work.restore(first + row, saved);
  for (const [row, detail] of texts.details) {
    // JSON writes NaN and Infinity as null.
    if (detail.afresh) detail.afresh.heardAtMs ??= Number.NaN;
    for (const said of [detail.exhaustion, detail.earlyRecovery ?? null]) {
      if (said === null) continue;
      said.recoveryAtMs ??= Number.POSITIVE_INFINITY;
      said.reportedRecovery ??= Number.POSITIVE_INFINITY;
    }
    detail.mutedUntilMs ??= Number.POSITIVE_INFINITY;
    Object.assign(registry.ensureDetail(first + row), detail);
    const sessionName = detail.info?.sessionName ?? '';
    if (sessionName !== '') registry.nameSession(first + row, sessionName);
  }
}

function takeIntegrations(integrations: IntegrationBook, index: number): BlockImage {
  const first = (index - firstIntegrationImage) * integrationsPerImage;
  const saved: SavedIntegration[] = [];
  for (let row = first; row < first + integrationsPerImage; row++) {
    const integration = integrations.save(row);
    if (integration !== undefined) saved.push(integration);
  }
  // Arrays of its own: whoever writes the image gives them away.
  return { index, columns: new Uint8Array(0), ids: new Uint8Array(0), texts: JSON.stringify(saved) };
}

function putIntegrations({ integrations, changes }: ImageSource, { index, texts }: BlockImage): void {
  for (const saved of JSON.parse(texts) as SavedIntegration[]) integrations.restore(saved);
  // They may stand in other rows now: this block's next image is another one, if only an empty one.
  changes.markIntegrations(index);
}

function textsIn(
  block: AgentBlock,
  firstRow: number,
  column: Uint32Array,
  textOf: (index: number) => string,
): [number, string][] {
  const used = usedIn(block, firstRow, column);
  used.delete(0);
  return [...used].map((index) => [index, textOf(index)]);
}

function usedIn(block: AgentBlock, firstRow: number, column: Uint32Array): Set<number> {
  const used = new Set<number>();
  for (let row = firstRow; row < firstRow + agentsPerImage; row++)
    if (block.status[row] !== none) used.add(column[row]!);
  return used;
}

/** The silences that made the rows' agents unknown. */
function episodesIn(block: AgentBlock, firstRow: number): Set<number> {
  const episodes = new Set<number>();
  for (let row = firstRow; row < firstRow + agentsPerImage; row++) {
    if (block.status[row] !== none && block.gapEpisode[row] !== 0) episodes.add(block.gapEpisode[row]! - 1);
  }
  return episodes;
}

function packIds(ids: IdDirectory, block: AgentBlock, first: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let slot = first; slot < first + agentsPerImage; slot++) {
    const id = block.status[slot & rowMask] === none ? noId : ids.bytesOf(slot);
    parts.push(id);
    length += 2 + id.length;
  }
  const packed = new Uint8Array(length);
  let at = 0;
  for (const id of parts) {
    packed[at] = id.length & 0xff;
    packed[at + 1] = id.length >> 8;
    packed.set(id, at + 2);
    at += 2 + id.length;
  }
  return packed;
}

const noId = new Uint8Array(0);
