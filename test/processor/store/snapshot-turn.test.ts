import { describe, expect, it } from 'vitest';
import { type BlockImage, cumulative, Fleet } from '../../../src/core/index.ts';
import { SnapshotRounds } from '../../../src/processor/store/snapshot-turn.ts';
import { observation } from '../../support/observe.ts';

const clock = { now: () => 0, toEpochMs: (atMs: number) => atMs };
const agentsPerImage = 128;

function touch(fleet: Fleet, ...images: number[]): void {
  for (const image of images) fleet.apply(observation(`agent-${image * agentsPerImage}`), 0);
}

/** A fleet of so many images, all of which are to be taken. */
function fleetOf(images: number): Fleet {
  const fleet = new Fleet();
  for (let agent = 0; agent < images * agentsPerImage; agent++) fleet.apply(observation(`agent-${agent}`), 0);
  return fleet;
}

function lengthOf({ columns, ids, texts }: BlockImage): number {
  return columns.length + ids.length + texts.length;
}

function roundsOf(fleet: Fleet): SnapshotRounds {
  return new SnapshotRounds(fleet, clock, (error) => {
    throw error;
  });
}

/** A round's turns: the images that each took. */
function round(rounds: SnapshotRounds, beforeTurn: (turn: number) => void = () => {}): number[][] {
  const turns: number[][] = [];
  for (let isLast = false; !isLast; ) {
    beforeTurn(turns.length);
    const turn = rounds.take();
    turns.push(turn.images.map(({ image }) => image.index));
    isLast = turn.isLast;
  }
  return turns;
}

describe('a round of snapshots', () => {
  it('takes every image that has changed once, at most 512 KiB a turn', () => {
    const fleet = fleetOf(25);
    const bytes: number[] = [];
    const taken: number[] = [];
    const rounds = roundsOf(fleet);
    for (let isLast = false; !isLast; ) {
      const turn = rounds.take();
      bytes.push(turn.images.reduce((sum, { image }) => sum + lengthOf(image), 0));
      taken.push(...turn.images.map(({ image }) => image.index));
      isLast = turn.isLast;
    }
    expect(bytes.map((sum) => sum <= 2 ** 19)).toEqual([true, true, true]);
    expect(taken).toEqual(Array.from({ length: 25 }, (_, index) => index));
    expect(fleet.changedImages).toBe(0);
  });

  it('has no image larger than a turn where every agent has worked at three things all day', () => {
    const fleet = new Fleet();
    for (let agent = 0; agent < 8 * agentsPerImage; agent++) {
      for (const [place, operation] of ['answer', 'search', 'plan'].entries()) {
        for (let hour = 0; hour < 24; hour++) {
          const value = (hour + 1) * 1.7 + place + agent / 7;
          const finished = { signal: 'operationDuration', operation, temporality: cumulative } as const;
          fleet.apply(
            observation(`agent-${agent}`, { ...finished, count: hour + 1, value }),
            hour * 3_600_000,
          );
        }
      }
    }
    const sizes: number[] = [];
    for (let image = fleet.takeImage(); image !== undefined; image = fleet.takeImage()) {
      sizes.push(lengthOf(image));
    }
    expect(sizes).toHaveLength(8);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2 ** 19);
  });

  it('has one empty turn where nothing has changed', () => {
    const fleet = fleetOf(2);
    const rounds = roundsOf(fleet);
    round(rounds);
    expect(round(rounds)).toEqual([[]]);
    touch(fleet, 1);
    expect(round(rounds)).toEqual([[1]]);
  });

  it('ends though agents change as fast as they are copied', () => {
    const fleet = fleetOf(5);
    const rounds = roundsOf(fleet);
    const all = [0, 1, 2, 3, 4];
    const turns = round(rounds, () => touch(fleet, ...all));
    expect(new Set(turns.flat())).toEqual(new Set(all));
    expect(turns.flat().length).toBeLessThanOrEqual(6);
  });

  it('copies what had changed at its beginning even where others change before it', () => {
    const fleet = fleetOf(6);
    const rounds = roundsOf(fleet);
    round(rounds);
    touch(fleet, 3, 5);
    const first = rounds.take();
    expect(first.images.map(({ image }) => image.index)).toEqual([3, 5]);
    touch(fleet, 0, 1, 2, 3, 4, 5);
    const turns = round(rounds, (turn) => turn > 0 && touch(fleet, 0, 1));
    expect(new Set(turns.flat())).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  });

  it('knows whether all that has changed is one turn', () => {
    const fleet = fleetOf(12);
    const rounds = roundsOf(fleet);
    round(rounds);
    touch(fleet, 0, 2);
    expect(rounds.fitsInOneTurn).toBe(true);
    touch(fleet, ...Array.from({ length: 12 }, (_, index) => index));
    expect(rounds.fitsInOneTurn).toBe(false);
  });

  it('goes on behind an image that can’t be taken', () => {
    class Torn extends Fleet {
      override takeImage() {
        const image = super.takeImage();
        if (image?.index === 1) throw new Error('torn');
        return image;
      }
    }
    const fleet = new Torn();
    for (let agent = 0; agent < 4 * agentsPerImage; agent++) fleet.apply(observation(`agent-${agent}`), 0);
    const errors: unknown[] = [];
    const rounds = new SnapshotRounds(fleet, clock, (error) => errors.push(error));
    expect(round(rounds).flat()).toEqual([0, 2, 3]);
    expect(errors).toEqual([new Error('torn')]);
  });
});
