import type { StoreFigures } from '../../src/processor/store/index.ts';

/** A store at work, for those who only read its figures. */
export const storeAtWork: { readonly figures: StoreFigures } = {
  figures: {
    lagSeconds: 1.5,
    snapshotIntervalSeconds: 5,
    errors: 0,
    droppedFacts: 2,
    droppedRollups: 3,
    waitingFacts: 0,
    isFailing: false,
  },
};
