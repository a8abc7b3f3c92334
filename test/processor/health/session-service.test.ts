import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultSessionSettings } from '../../../src/core/index.ts';
import { defaultSessionRequest, type SessionRequest } from '../../../src/processor/health/index.ts';
import { epochMs, minute, second } from '../../support/observe.ts';
import { Operations } from '../../support/operations.ts';
import { SessionScenario } from './serve.ts';

function scenario(options?: ConstructorParameters<typeof SessionScenario>[0]): SessionScenario {
  const made = new SessionScenario(options);
  onTestFinished(() => expect(made.failures).toEqual([]));
  return made;
}

async function ask(of: SessionScenario, request: Partial<SessionRequest> = {}, session = 's') {
  const answer = await of.health.sessions.collect(session, { ...defaultSessionRequest, ...request });
  if (answer === undefined) throw new Error(`There must be a session ${session}`);
  return answer;
}

/** Two hosts, four members; d has gone offline with its last figures known. */
function worked(): SessionScenario {
  const made = scenario();
  const operations = new Operations(made);
  made.join('s', { d: 'busy' }).figures('d', { cpu: 1, memory: 1e12, threads: 999, fileDescriptors: 999 });
  made.pass(2 * minute, second);
  made.join('s', { a: 'busy', b: 'idle', c: 'busy' });
  made.host('h1', 4, 1_000 * 2 ** 20).host('h2', 16, 4_000 * 2 ** 20);
  made.inform('a', { hostId: 'h1', sessionName: 'Night shift', processId: 7 });
  made.inform('b', { hostId: 'h1' }).inform('c', { hostId: 'h2' }).inform('d', { hostId: 'h2' });
  made.figures('a', { cpu: 0.5, memory: 400 * 2 ** 20, threads: 10, fileDescriptors: 20 });
  made.figures('b', { cpu: 0.25, memory: 100 * 2 ** 20, threads: 5 });
  made.figures('c', { cpu: 0.25, memory: 500 * 2 ** 20, threads: 1, fileDescriptors: 30 });
  made.apply('a', { signal: 'confidence', value: 0.5 });
  operations.finish('a', 9, 100).fail('a', 1, 1_100).finish('c', 30, 400);
  return made;
}

describe('a detailed answer', () => {
  it('adds up what is reachable, worked out by hand', async () => {
    const answer = await ask(worked());
    expect(answer).toMatchObject({
      session_id: 's',
      session_name: 'Night shift',
      // A quarter has issues, which is not more than 25 %, but only 75 % are active.
      session_health: 'degraded',
      metrics: {
        total_agents: 4,
        active_agents: 3,
        degraded_agents: 0,
        failed_agents: 0,
        offline_agents: 1,
        unknown_agents: 0,
        excluded_agents: 0,
        late_agents: 0,
        total_cpu_percent: 100,
        total_memory_mb: 1_000,
        total_file_descriptors: 50,
        total_threads: 16,
        // (9 × 100 + 1 × 1,100 + 30 × 400) / 40
        avg_response_time_ms: 350,
        max_cpu_percent: 50,
        max_memory_usage_mb: 500,
        // CPU: (0.5 × 4 + 0.25 × 4 + 0.25 × 16) / 20 = 35 %; memory: 1,000 / 5,000 = 20 %.
        resource_utilization_percent: 35,
        health_score: 75,
        critical_issues: 1,
        warnings: 0,
      },
      agents_omitted: 0,
      collection_timestamp: new Date(epochMs + 2 * minute).toISOString(),
      collection_duration_ms: 0,
      partial_results: true,
      errors: [],
      warnings: ['1 agents are offline or unreachable'],
    });
  });

  it('lists every member in the shape of agents, those with issues first, without health', async () => {
    const { agents } = await ask(worked());
    expect(agents.map(({ agent_id, state }) => [agent_id, state])).toEqual([
      ['d', 'offline'],
      ['a', 'busy'],
      ['b', 'idle'],
      ['c', 'busy'],
    ]);
    expect(agents[1]).toMatchObject({
      agent_id: 'a',
      success_rate: 0.9,
      metrics: { avg_execution_time: 200, error_rate: 0.1, recent_executions: 10 },
      resources: { cpu_percent: 50, memory_mb: 400, file_descriptors: 20, thread_count: 10, process_id: 7 },
      health: { score: null, level: null, factors: [] },
      health_trend: null,
      health_issues: [],
    });
  });
});

describe('strategies', () => {
  it('fast tells states only', async () => {
    const { metrics, agents, session_health } = await ask(worked(), { strategy: 'fast' });
    expect(session_health).toBe('degraded');
    expect(metrics).toMatchObject({ total_agents: 4, active_agents: 3, offline_agents: 1, health_score: 75 });
    for (const figure of [
      'total_cpu_percent',
      'total_memory_mb',
      'total_file_descriptors',
      'total_threads',
      'avg_response_time_ms',
      'max_cpu_percent',
      'max_memory_usage_mb',
      'resource_utilization_percent',
    ] as const) {
      expect(metrics[figure]).toBeNull();
    }
    expect(agents[1]).toMatchObject({
      agent_id: 'a',
      state: 'busy',
      success_rate: null,
      metrics: { avg_execution_time: null, error_rate: null, recent_executions: null },
      resources: { cpu_percent: null, memory_mb: null, thread_count: null },
      health: { score: null, factors: [] },
    });
  });

  it('comprehensive tells health with its factors too', async () => {
    const { agents, metrics } = await ask(worked(), { strategy: 'comprehensive' });
    expect(metrics.total_threads).toBe(16);
    expect(agents[0]).toMatchObject({ agent_id: 'd', health: { score: 0, level: 'critical' } });
    expect(agents[0]!.health_issues).toHaveLength(1);
    expect(agents[1]!.health).toMatchObject({ level: 'healthy', cap: null });
    expect(agents[1]!.health.factors.map(({ name, value }) => [name, value])).toEqual([
      ['availability', 1],
      ['success', 0.9],
      ['confidence', 0.5],
      ['resources', 1],
    ]);
    expect(agents[1]!.resources.cpu_percent).toBe(50);
  });

  it('flags take away, and give nothing that the strategy does not', async () => {
    const made = worked();
    const bare = await ask(made, { strategy: 'comprehensive', includeHealth: false, includeMetrics: false });
    const fast = await ask(made, { strategy: 'fast' });
    expect(bare).toEqual(fast);
    const noMetrics = await ask(made, { strategy: 'comprehensive', includeMetrics: false });
    expect(noMetrics.metrics.total_threads).toBeNull();
    expect(noMetrics.agents[1]!.health.score).not.toBeNull();
    const noHealth = await ask(made, { strategy: 'comprehensive', includeHealth: false });
    expect(noHealth).toEqual(await ask(made));
    expect(await ask(made, { strategy: 'fast', includeHealth: true, includeMetrics: true })).toEqual(fast);
  });
});

describe('utilization', () => {
  it('is null without capacity, never a guess', async () => {
    const made = scenario().join('s', { a: 'busy' }).inform('a', { hostId: 'h1' });
    made.figures('a', { cpu: 0.9, memory: 1e9 });
    expect((await ask(made)).metrics).toMatchObject({
      total_cpu_percent: 90,
      resource_utilization_percent: null,
    });
  });

  it('is of what is known: memory alone, one host of two', async () => {
    const made = scenario().join('s', { a: 'busy', b: 'busy' });
    made.inform('a', { hostId: 'h1' }).inform('b', { hostId: 'h2' });
    made.apply('', { signal: 'systemMemoryLimit', value: 1e9, host: 'h1' });
    made.figures('a', { cpu: 0.9, memory: 0.6e9 }).figures('b', { memory: 5e9 });
    expect((await ask(made)).metrics.resource_utilization_percent).toBe(60);
  });

  it('counts a host once, however many members run there', async () => {
    const made = scenario().host('h1', 10, 1e12);
    for (const id of ['a', 'b', 'c']) {
      made
        .join('s', { [id]: 'busy' })
        .inform(id, { hostId: 'h1' })
        .figures(id, { cpu: 0.2 });
    }
    expect((await ask(made)).metrics).toMatchObject({
      total_cpu_percent: 60,
      resource_utilization_percent: 60,
    });
  });

  it('is null without a member that tells of itself', async () => {
    const made = scenario().join('s', { a: 'busy' });
    expect((await ask(made)).metrics).toMatchObject({
      total_cpu_percent: null,
      total_memory_mb: null,
      total_threads: null,
      total_file_descriptors: null,
      max_memory_usage_mb: null,
      avg_response_time_ms: null,
    });
  });
});

describe('warnings', () => {
  it('tell in words of who is away, late, of scarce resources and of a low score', async () => {
    const made = scenario().join('s', { gone: 'busy', gone2: 'busy' });
    made
      .pass(85 * second, second)
      .join('s', { slow: 'busy' })
      .pass(35 * second, second);
    made.join('s', { a: 'error', b: 'exhausted' }).host('h1', 1, 1e9).inform('a', { hostId: 'h1' });
    made.figures('a', { cpu: 0.812 });
    const { warnings, metrics, partial_results } = await ask(made);
    expect(warnings).toEqual([
      '2 agents are offline or unreachable',
      '1 agents are late',
      'Resource utilization is high: 81.2%',
      'Health score is low: 30.0',
    ]);
    expect(metrics).toMatchObject({ health_score: 30, critical_issues: 3, warnings: 1, late_agents: 1 });
    expect(partial_results).toBe(true);
  });

  it('are none at their thresholds', async () => {
    // 7 of 10 active: a score of 70; a utilization of 80 %.
    const made = scenario();
    for (let index = 0; index < 10; index++) made.join('s', { [`a${index}`]: index < 7 ? 'busy' : 'error' });
    made.host('h1', 5, 1e9).inform('a0', { hostId: 'h1' }).figures('a0', { cpu: 0.8 });
    const { warnings, metrics, partial_results, session_health } = await ask(made);
    expect([metrics.health_score, metrics.resource_utilization_percent]).toEqual([70, 80]);
    expect({ warnings, partial_results, session_health }).toEqual({
      warnings: [],
      partial_results: false,
      session_health: 'degraded',
    });
  });

  it('follow the settings', async () => {
    const settings = { ...defaultSessionSettings, warnScore: 100, warnUtilization: 0.1 };
    const made = scenario({ settings }).join('s', { a: 'busy', b: 'error' });
    made.host('h1', 5, 1e9).inform('a', { hostId: 'h1' }).figures('a', { memory: 0.2e9 });
    expect((await ask(made)).warnings).toEqual([
      'Resource utilization is high: 20.0%',
      'Health score is low: 50.0',
    ]);
  });
});

describe('members that are not judged', () => {
  it('count in the total alone', async () => {
    const made = scenario().join('s', { a: 'busy', b: 'paused', c: 'stopped', d: 'error' });
    made.fleet.beginMaintenance(made.fleet.find('d'), made.nowMs);
    const { metrics, session_health, partial_results, warnings } = await ask(made);
    expect(metrics).toMatchObject({
      total_agents: 4,
      active_agents: 1,
      failed_agents: 0,
      excluded_agents: 3,
    });
    expect({ session_health, partial_results, warnings }).toEqual({
      session_health: 'healthy',
      partial_results: false,
      warnings: [],
    });
  });

  it('alone make it empty, without a warning', async () => {
    const made = scenario().join('s', { a: 'paused', b: 'stopped' });
    expect(await ask(made)).toMatchObject({
      session_health: 'empty',
      metrics: { health_score: 0, total_agents: 2, excluded_agents: 2 },
      partial_results: false,
      warnings: [],
    });
  });
});

describe('the cache', () => {
  it('answers for its time, and no longer', async () => {
    const made = scenario().join('s', { a: 'busy' });
    const first = await ask(made);
    made
      .pass(10 * second)
      .beat('a')
      .pass(10 * second)
      .beat('a')
      .pass(9 * second);
    expect(await ask(made)).toBe(first);
    made.pass(second);
    expect(await ask(made)).not.toBe(first);
    expect(made.health.sessions.statistics()).toMatchObject({ total_collections: 2, cache_entries: 1 });
  });

  it('has an answer for each session, strategy and flags', async () => {
    const made = scenario().join('s', { a: 'busy' }).join('t', { b: 'busy' });
    const requests: Partial<SessionRequest>[] = (['fast', 'detailed'] as const).flatMap((strategy) =>
      [true, false].flatMap((includeHealth) =>
        [true, false].map((includeMetrics) => ({ strategy, includeHealth, includeMetrics })),
      ),
    );
    const answers = [];
    for (const session of ['s', 't']) {
      for (const request of requests) answers.push(await ask(made, request, session));
    }
    expect(new Set(answers).size).toBe(16);
    expect(made.health.sessions.statistics()).toMatchObject({ total_collections: 16, cache_entries: 16 });
    expect(await ask(made, requests[3], 't')).toBe(answers[11]);
  });

  it('is passed by where it is told to be: nothing read, nothing written', async () => {
    const made = scenario().join('s', { a: 'busy' });
    await ask(made, { useCache: false });
    expect(made.health.sessions.statistics().cache_entries).toBe(0);
    const kept = await ask(made);
    expect(await ask(made, { useCache: false })).not.toBe(kept);
    expect(await ask(made)).toBe(kept);
    expect(made.health.sessions.statistics().total_collections).toBe(3);
  });

  it('neither gives nor takes comprehensive answers', async () => {
    const made = scenario().join('s', { a: 'busy' });
    const first = await ask(made, { strategy: 'comprehensive' });
    expect(await ask(made, { strategy: 'comprehensive' })).not.toBe(first);
    expect(made.health.sessions.statistics()).toMatchObject({ total_collections: 2, cache_entries: 0 });
  });

  it("is dropped by a transition in the session, and by no other session's", async () => {
    const made = scenario().join('s', { a: 'busy' }).join('t', { b: 'busy' });
    const [s, t] = [await ask(made), await ask(made, {}, 't')];
    made.report('a', 'waiting');
    expect(await ask(made, {}, 't')).toBe(t);
    const after = await ask(made);
    expect(after).not.toBe(s);
    expect(after.agents[0]!.state).toBe('waiting');
  });

  it.each([
    [
      'a member is taken into maintenance',
      (made: SessionScenario) => made.fleet.beginMaintenance(made.fleet.find('a'), 0),
    ],
    ['a member is forgotten', (made: SessionScenario) => made.fleet.forget(made.fleet.find('a'), 0)],
    [
      'a member moves away',
      (made: SessionScenario) => void made.apply('a', { signal: 'seen', session: 't' }),
    ],
  ])('is dropped where %s, though that is no transition', async (_what, change) => {
    const made = scenario().join('s', { a: 'error', b: 'busy' });
    expect((await ask(made)).session_health).toBe('degraded');
    change(made);
    expect((await ask(made)).session_health).toBe('healthy');
  });

  it('shares a collection under way, but not one that something has overtaken', async () => {
    const made = scenario();
    for (let index = 0; index < 5_000; index++) made.join('s', { [`a${index}`]: 'busy' });
    const first = ask(made);
    const second = ask(made);
    made.report('a0', 'error');
    const third = ask(made);
    expect(await second).toBe(await first);
    expect(await third).not.toBe(await first);
    expect((await third).metrics.failed_agents).toBe(1);
    // What was overtaken is not kept.
    expect(await ask(made)).toBe(await third);
    expect(made.health.sessions.statistics()).toMatchObject({ total_collections: 2, cache_entries: 1 });
  });

  it('keeps nothing where it is switched off', async () => {
    const made = scenario({ cacheMs: 0 }).join('s', { a: 'busy' });
    expect(await ask(made)).not.toBe(await ask(made));
  });
});

describe('a session', () => {
  it('that is not known has no answer', async () => {
    const made = scenario().join('s', { a: 'busy' });
    expect(await made.health.sessions.collect('nobody', defaultSessionRequest)).toBeUndefined();
    await ask(made);
    made.fleet.forget(made.fleet.find('a'), made.nowMs);
    expect(await made.health.sessions.collect('s', defaultSessionRequest)).toBeUndefined();
    expect(made.health.sessions.statistics()).toMatchObject({ total_collections: 1, cache_entries: 0 });
  });

  it('of many members is added up whole and listed in part, those with issues first', async () => {
    const made = scenario();
    for (let index = 0; index < 5_000; index++) {
      made.join('s', { [`a${index}`]: index % 1_000 === 999 ? 'error' : 'busy' });
      made.figures(`a${index}`, { threads: 2 });
    }
    const { metrics, agents, agents_omitted } = await ask(made);
    expect(metrics).toMatchObject({ total_agents: 5_000, failed_agents: 5, total_threads: 10_000 });
    expect([agents.length, agents_omitted]).toEqual([1_000, 4_000]);
    expect(agents.slice(0, 6).map(({ agent_id }) => agent_id)).toEqual([
      'a999',
      'a1999',
      'a2999',
      'a3999',
      'a4999',
      'a0',
    ]);
    // As many as are asked for, up to ten thousand; each number is an answer of its own.
    for (const [limit, listed] of [
      [1, 1],
      [4_999, 4_999],
      [10_000, 5_000],
    ] as const) {
      const answer = await ask(made, { limit });
      expect([answer.agents.length, answer.agents_omitted]).toEqual([listed, 5_000 - listed]);
      expect(answer.metrics).toEqual(metrics);
    }
    expect(made.health.sessions.statistics()).toMatchObject({ total_collections: 4, cache_entries: 4 });
  });

  it('of many members gives others their turn, and leaves out who has left meanwhile', async () => {
    const made = scenario();
    for (let index = 0; index < 5_000; index++) made.join('s', { [`a${index}`]: 'busy' });
    let turns = 0;
    let isOver = false;
    const answer = ask(made, { strategy: 'comprehensive' }).finally(() => {
      isOver = true;
    });
    const count = () => {
      turns++;
      if (turns === 1) made.fleet.forget(made.fleet.find('a4999'), made.nowMs);
      if (turns === 2) made.fleet.forget(made.fleet.find('a900'), made.nowMs);
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const { agents } = await answer;
    expect(turns).toBeGreaterThan(3);
    expect(agents.some(({ agent_id }) => agent_id === 'a900')).toBe(false);
    expect(agents[0]!.agent_id).toBe('a0');
  });

  it('in one line is judged alike', () => {
    const made = worked();
    expect(made.health.sessions.summaryOf(made.fleet.session('s')!)).toEqual({
      session_id: 's',
      session_name: 'Night shift',
      session_health: 'degraded',
      health_score: 75,
      total_agents: 4,
    });
  });
});

describe('a collection that fails', () => {
  it('answers so, is counted, told of once, and not kept', async () => {
    const made = new SessionScenario().join('s', { a: 'busy' });
    made.inform('a', { sessionName: 'Night shift' });
    const { view } = made.fleet;
    made.fleet.view = () => {
      throw new Error('the disk is on fire');
    };
    const answer = await ask(made);
    expect(answer).toMatchObject({
      session_id: 's',
      session_name: 'Night shift',
      session_health: 'failed',
      metrics: { total_agents: 0, health_score: 0, total_threads: null },
      agents: [],
      partial_results: true,
      errors: ['Collection failed: the disk is on fire'],
      warnings: [],
    });
    expect(made.failures).toHaveLength(1);
    expect(made.health.sessions.statistics()).toMatchObject({
      total_collections: 1,
      failed_collections: 1,
      partial_collections: 0,
      success_rate: 0,
      cache_entries: 0,
    });
    made.fleet.view = view;
    expect(await ask(made)).toMatchObject({ session_health: 'healthy', errors: [] });
    expect(made.health.sessions.statistics()).toMatchObject({ total_collections: 2, success_rate: 50 });
  });
});

describe('statistics', () => {
  it('tell successful from partial collections, and how long they take', async () => {
    const made = scenario().join('s', { a: 'busy' });
    made.clock.stepMs = 2;
    const { collection_duration_ms } = await ask(made, { useCache: false });
    expect(collection_duration_ms).toBeGreaterThan(0);
    expect(made.health.sessions.statistics()).toMatchObject({
      total_collections: 1,
      successful_collections: 1,
      avg_collection_time_ms: collection_duration_ms,
      success_rate: 100,
      partial_rate: 0,
    });
    made.clock.stepMs = 0;
    made.pass(2 * minute, second);
    await ask(made, { useCache: false });
    expect(made.health.sessions.statistics()).toMatchObject({
      total_collections: 2,
      partial_collections: 1,
      avg_collection_time_ms: 0.9 * collection_duration_ms,
      success_rate: 50,
      partial_rate: 50,
    });
  });
});
