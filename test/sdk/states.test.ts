import { mayFollow, type ReportedState, reportedStates, stateTransitions } from '@agent-vitals/contract';
import { type Agent, AgentStatusError } from '@agent-vitals/sdk';
import { describe, expect, it } from 'vitest';
import { recordDiag, testAgent } from './collect.ts';

const report: Readonly<Record<ReportedState, (agent: Agent) => void>> = {
  idle: (agent) => agent.idle(),
  busy: (agent) => agent.busy(),
  on_call: (agent) => agent.onCall(),
  waiting: (agent) => agent.waiting(),
  paused: (agent) => agent.pause(),
  error: (agent) => agent.error(),
  exhausted: (agent) => agent.exhausted(),
  stopped: (agent) => agent.stop(),
};

/** States that lead from idle to a state without an irregular step. */
const pathTo: Readonly<Record<ReportedState, readonly ReportedState[]>> = {
  idle: [],
  busy: ['busy'],
  on_call: ['on_call'],
  waiting: ['busy', 'waiting'],
  paused: ['paused'],
  error: ['error'],
  exhausted: ['exhausted'],
  stopped: ['stopped'],
};

function agentIn(state: ReportedState, strict: boolean): Agent {
  const agent = testAgent({ strict });
  for (const step of pathTo[state]) report[step](agent);
  expect(agent.state).toBe(state);
  expect(agent.complaints).toBe(0);
  return agent;
}

const running = reportedStates.filter((state) => state !== 'stopped');
const pairs = running.flatMap((from) => reportedStates.map((to) => ({ from, to })));

describe('reported states', () => {
  it.each(pairs)('$from → $to is applied, and counted where it may not follow', ({ from, to }) => {
    const agent = agentIn(from, false);
    report[to](agent);
    expect(agent.state).toBe(to);
    expect(agent.complaints).toBe(mayFollow(from, to) ? 0 : 1);
  });

  it.each(pairs.filter(({ from, to }) => mayFollow(from, to)))(
    '$from → $to passes strict mode',
    ({ from, to }) => {
      const agent = agentIn(from, true);
      report[to](agent);
      expect(agent.state).toBe(to);
    },
  );

  it.each(pairs.filter(({ from, to }) => !mayFollow(from, to)))(
    '$from → $to throws in strict mode and changes nothing',
    ({ from, to }) => {
      const agent = agentIn(from, true);
      let thrown: unknown;
      try {
        report[to](agent);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(AgentStatusError);
      expect(thrown).toMatchObject({ name: 'AgentStatusError', from, to, allowed: stateTransitions[from] });
      const { message } = thrown as AgentStatusError;
      expect(message).toContain(`current state is ${from}`);
      for (const allowed of stateTransitions[from]) expect(message).toContain(allowed);
      expect(agent.state).toBe(from);
    },
  );

  it('says an irregular transition once a kind through diag', () => {
    const said = recordDiag();
    const agent = testAgent();
    for (let round = 0; round < 3; round++) {
      agent.waiting(); // idle → waiting
      agent.idle();
    }
    agent.busy();
    agent.onCall(); // busy → on_call
    expect(agent.complaints).toBe(4);
    expect(said).toHaveLength(2);
    expect(said[0]).toContain(agent.id);
    expect(said[0]).toContain('Cannot report waiting');
    expect(said[1]).toContain('Cannot report on_call');
  });

  it.each([
    { slot: 'on_call', state: 'on_call' },
    { slot: 'work', state: 'busy' },
    { slot: undefined, state: 'busy' },
  ] as const)('a slot $slot makes it $state', ({ slot, state }) => {
    const agent = testAgent({ strict: true });
    agent.work({ slot });
    expect(agent.state).toBe(state);
  });

  it('resumes to idle, or to busy while operations are under way', async () => {
    const agent = testAgent({ strict: true });
    agent.resume(); // not paused: nothing
    agent.pause();
    agent.resume();
    expect(agent.state).toBe('idle');

    const { promise, resolve } = Promise.withResolvers<void>();
    const operation = agent.operation('draft', () => promise);
    agent.pause();
    agent.resume();
    expect(agent.state).toBe('busy');
    resolve();
    await operation;
    expect(agent.state).toBe('idle');
  });
});

describe('after the goodbye', () => {
  it('ignores and counts everything but start, and stop may be repeated', () => {
    const said = recordDiag();
    const agent = testAgent();
    agent.stop();
    agent.stop();
    expect(agent.complaints).toBe(0);
    const calls: ((agent: Agent) => void)[] = [
      report.idle,
      report.busy,
      report.error,
      report.exhausted,
      (stopped) => stopped.resume(),
      (stopped) => stopped.beat(),
      (stopped) => stopped.progress(),
      (stopped) => stopped.confidence(1),
      (stopped) => stopped.queueDepth(1),
      (stopped) => stopped.leaseFor(1_000),
      (stopped) => stopped.message({ to: 'b' }),
      (stopped) => stopped.thread({ id: 't' }),
    ];
    for (const call of calls) call(agent);
    expect(agent.state).toBe('stopped');
    expect(agent.complaints).toBe(calls.length);
    expect(said.length).toBeGreaterThan(0);
  });

  it('still runs operations and integrations, unrecorded', async () => {
    const agent = testAgent();
    agent.stop();
    expect(agent.operation('draft', () => 7)).toBe(7);
    expect(await agent.integration('search').call(async () => 8)).toBe(8);
    expect(agent.state).toBe('stopped');
  });

  it('throws in strict mode, naming the way out', () => {
    const agent = testAgent({ strict: true });
    agent.stop();
    expect(() => agent.busy()).toThrow(/current state is stopped, and only start\(\), which reports idle/);
  });

  it('starts again as idle, once', () => {
    const agent = testAgent({ strict: true });
    agent.stop();
    agent.start();
    agent.start();
    expect(agent.state).toBe('idle');
    agent.busy();
    expect(agent.state).toBe('busy');
  });

  it('ends by using and by await using', async () => {
    let outer: Agent;
    {
      using agent = testAgent();
      outer = agent;
      expect(outer.state).toBe('idle');
    }
    expect(outer.state).toBe('stopped');
    {
      await using agent = testAgent();
      outer = agent;
    }
    expect(outer.state).toBe('stopped');
  });
});
