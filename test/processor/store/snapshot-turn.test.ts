import { describe, expect, it } from 'vitest';
import { Fleet } from '../../../src/core/index.ts';
import { SnapshotRounds } from '../../../src/processor/store/snapshot-turn.ts';
import { observation } from '../../support/observe.ts';

const clock = { now: () => 0, toEpochMs: (atMs: number) => atMs };
const agentsPerBlock = 1_024;

function touch(fleet: Fleet, ...blocks: number[]): void {
  for (const block of blocks) fleet.apply(observation(`agent-${block * agentsPerBlock}`), 0);
}

/** A fleet of so many blocks, all of which have changed. */
function fleetOf(blocks: number): Fleet {
  const fleet = new Fleet();
  for (let agent = 0; agent < blocks * agentsPerBlock; agent++) fleet.apply(observation(`agent-${agent}`), 0);
  return fleet;
}

function roundsOf(fleet: Fleet): SnapshotRounds {
  return new SnapshotRounds(fleet, clock, (error) => {
    throw error;
  });
}

/** A round's turns: the blocks that each copied. */
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
  it('copies every changed block once, at most 1 MiB a turn', () => {
    const fleet = fleetOf(5);
    expect(round(roundsOf(fleet))).toEqual([[0, 1], [2, 3], [4]]);
    expect(fleet.changedBlocks).toBe(0);
  });

  it('has one empty turn where nothing has changed', () => {
    const fleet = fleetOf(2);
    const rounds = roundsOf(fleet);
    round(rounds);
    expect(round(rounds)).toEqual([[]]);
    touch(fleet, 1);
    expect(round(rounds)).toEqual([[1]]);
  });

  it('ends though blocks change as fast as they are copied', () => {
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
    const fleet = fleetOf(3);
    const rounds = roundsOf(fleet);
    round(rounds);
    touch(fleet, 0, 2);
    expect(rounds.fitsInOneTurn).toBe(true);
    touch(fleet, 0, 1, 2);
    expect(rounds.fitsInOneTurn).toBe(false);
  });

  it('goes on behind a block that can’t be copied', () => {
    class Torn extends Fleet {
      override takeImage() {
        const image = super.takeImage();
        if (image?.index === 1) throw new Error('torn');
        return image;
      }
    }
    const fleet = new Torn();
    for (let agent = 0; agent < 4 * agentsPerBlock; agent++) fleet.apply(observation(`agent-${agent}`), 0);
    const errors: unknown[] = [];
    const rounds = new SnapshotRounds(fleet, clock, (error) => errors.push(error));
    expect(round(rounds).flat()).toEqual([0, 2, 3]);
    expect(errors).toEqual([new Error('torn')]);
  });
});
