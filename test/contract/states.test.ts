import {
  derivedStates,
  mayFollow,
  parseReportedState,
  type ReportedState,
  reportedStates,
  shortStatusOf,
  stateTransitions,
  statusPrecedence,
} from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';

function reachableFrom(start: ReportedState): Set<ReportedState> {
  const reached = new Set<ReportedState>([start]);
  for (const state of reached) for (const next of stateTransitions[state]) reached.add(next);
  return reached;
}

describe('the state table', () => {
  it.each(reportedStates)('leads from %s to every other state, by and by', (state) => {
    expect([...reachableFrom(state)].sort()).toEqual([...reportedStates].sort());
  });

  it.each(reportedStates)('lists no state twice after %s, nor itself', (state) => {
    const next = stateTransitions[state];
    expect(new Set(next).size).toBe(next.length);
    expect(next).not.toContain(state);
  });

  it.each<[from: ReportedState, to: ReportedState[]]>([
    ['idle', ['busy', 'on_call', 'paused', 'error', 'exhausted', 'stopped']],
    ['busy', ['idle', 'waiting', 'paused', 'error', 'exhausted', 'stopped']],
    ['on_call', ['idle', 'waiting', 'paused', 'error', 'exhausted', 'stopped']],
    ['waiting', ['busy', 'on_call', 'idle', 'paused', 'error', 'exhausted', 'stopped']],
    ['paused', ['idle', 'busy', 'on_call', 'error', 'exhausted', 'stopped']],
    ['error', ['idle', 'busy', 'on_call', 'paused', 'exhausted', 'stopped']],
    ['exhausted', ['idle', 'paused', 'error', 'stopped']],
    ['stopped', ['idle']],
  ])('lets %s become %j, stay, and nothing else', (from, to) => {
    const allowed = reportedStates.filter((state) => mayFollow(from, state));
    expect(allowed.sort()).toEqual([...to, from].sort());
  });
});

describe('status', () => {
  it('ranks every reported and derived state once', () => {
    expect([...statusPrecedence].sort()).toEqual([...reportedStates, ...derivedStates].sort());
  });

  it('has a short status for each', () => {
    expect(Object.keys(shortStatusOf).sort()).toEqual([...statusPrecedence].sort());
  });
});

describe('shortStatusOf', () => {
  it.each([
    ['active', ['on_call', 'busy', 'waiting']],
    ['idle', ['idle']],
    ['error', ['exhausted', 'error', 'stalled']],
    ['paused', ['paused']],
    ['offline', ['offline']],
    ['unknown', ['unknown']],
    ['stopped', ['stopped']],
  ])('is %s for %j', (short, full) => {
    expect(statusPrecedence.filter((status) => shortStatusOf[status] === short)).toEqual(full);
  });
});

describe('parseReportedState', () => {
  it.each(reportedStates)('reads %s as itself', (state) => {
    expect(parseReportedState(state)).toBe(state);
  });

  it('reads processing as busy', () => {
    expect(parseReportedState('processing')).toBe('busy');
  });

  it.each(['', 'dreaming', 'offline', 'stalled', 'unknown', 'Idle', 'constructor'])(
    'knows no %j',
    (value) => {
      expect(parseReportedState(value)).toBeUndefined();
    },
  );
});
