import { type AgentBlock, blockSize, none } from './block.ts';
import type { AgentDetail } from './detail.ts';
import type { IntegrationBook, SavedIntegration } from './health/integration-book.ts';
import type { SavedWork, WorkBook } from './health/work-book.ts';
import type { IdDirectory } from './id-directory.ts';
import { firstIntegrationBlock, type ImageChanges, integrationsPerBlock } from './image-changes.ts';
import type { Pipelines, SavedWays } from './pipelines.ts';
import type { Registry } from './registry.ts';
import type { Tombstone, Tombstones } from './tombstones.ts';

/** Rises with every change of what an image holds. */
export const imageVersion = 3;

/**
 * One block as it is kept, of agents, or of integrations (which has texts alone): nothing in it refers to anything
 * outside of it.
 */
export interface BlockImage {
  readonly index: number;
  /** The block's columns. */
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

/** Copies one block. */
export function takeImage(source: ImageSource, index: number): BlockImage {
  if (index >= firstIntegrationBlock) return takeIntegrations(source.integrations, index);
  const { registry, work, pipelines: ways, tombstones } = source;
  const block = registry.blocks[index]!;
  const texts: Texts = {
    sessions: textsIn(block, block.session, (at) => registry.sessions.textOf(at)),
    types: textsIn(block, block.type, (at) => registry.types.textOf(at)),
    pipelines: textsIn(block, block.pipeline, (at) => registry.pipelines.textOf(at)),
    ways: ways.save(usedIn(block, block.pipeline)),
    details: [],
    work: [],
    tombstones: tombstones.ofBlock(index),
  };
  for (let row = 0; row < blockSize; row++) {
    if (block.status[row] === none) continue;
    const slot = index * blockSize + row;
    const detail = registry.detail(slot);
    if (detail !== undefined) texts.details.push([row, detail]);
    const saved = work.save(slot);
    if (saved !== undefined) texts.work.push([row, saved]);
  }
  return {
    index,
    columns: new Uint8Array(block.buffer.slice(0)),
    ids: packIds(registry.ids, block, index),
    texts: JSON.stringify(texts),
  };
}

/**
 * Puts a block back as it was.
 *
 * @param source - Its registry holds no block of this index yet.
 * @param image - As {@link takeImage} made it.
 * @throws RangeError where the image is not one of this version's.
 */
export function putImage(source: ImageSource, image: BlockImage): void {
  if (image.index >= firstIntegrationBlock) {
    putIntegrations(source, image);
    return;
  }
  const { registry, work, pipelines: ways, tombstones } = source;
  const { columns, ids, index } = image;
  const buffer = columns.buffer.slice(columns.byteOffset, columns.byteOffset + columns.byteLength);
  const block = registry.openBlock(index, buffer as ArrayBuffer);
  const texts = JSON.parse(image.texts) as Texts;
  const sessions = new Map(texts.sessions);
  const types = new Map(texts.types);
  const pipelines = new Map(texts.pipelines);
  const silences = ways.restore(texts.ways);
  tombstones.restore(texts.tombstones);
  let at = 0;
  for (let row = 0; row < blockSize; row++) {
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
        `Cannot restore block ${index} as its ids end early: current value is ${ids.length} bytes`,
      );
    }
    block.session[row] = Math.max(0, registry.sessions.acquire(sessions.get(block.session[row]!) ?? ''));
    registry.putBack(index * blockSize + row, ids, at, at + length);
    at += length;
    block.type[row] = Math.max(0, registry.types.acquire(types.get(block.type[row]!) ?? ''));
    block.pipeline[row] = Math.max(0, registry.pipelines.acquire(pipelines.get(block.pipeline[row]!) ?? ''));
    if (block.gapEpisode[row] !== 0) {
      const silence = silences.get(block.gapEpisode[row]! - 1) ?? 0;
      block.gapEpisode[row] = silence + 1;
      ways.countUnknown(silence, 1);
    }
  }
  for (const [row, saved] of texts.work) work.restore(index * blockSize + row, saved);
  for (const [row, detail] of texts.details) {
    // JSON writes Infinity as null.
    for (const said of [detail.exhaustion, detail.earlyRecovery ?? null]) {
      if (said === null) continue;
      said.recoveryAtMs ??= Number.POSITIVE_INFINITY;
      said.reportedRecovery ??= Number.POSITIVE_INFINITY;
    }
    detail.mutedUntilMs ??= Number.POSITIVE_INFINITY;
    Object.assign(registry.ensureDetail(index * blockSize + row), detail);
    const sessionName = detail.info?.sessionName ?? '';
    if (sessionName !== '') registry.nameSession(index * blockSize + row, sessionName);
  }
}

function takeIntegrations(integrations: IntegrationBook, index: number): BlockImage {
  const first = (index - firstIntegrationBlock) * integrationsPerBlock;
  const saved: SavedIntegration[] = [];
  for (let row = first; row < first + integrationsPerBlock; row++) {
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
  column: Uint32Array,
  textOf: (index: number) => string,
): [number, string][] {
  const used = usedIn(block, column);
  used.delete(0);
  return [...used].map((index) => [index, textOf(index)]);
}

function usedIn(block: AgentBlock, column: Uint32Array): Set<number> {
  const used = new Set<number>();
  for (let row = 0; row < blockSize; row++) if (block.status[row] !== none) used.add(column[row]!);
  return used;
}

function packIds(ids: IdDirectory, block: AgentBlock, index: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let row = 0; row < blockSize; row++) {
    const id = block.status[row] === none ? noId : ids.bytesOf(index * blockSize + row);
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
