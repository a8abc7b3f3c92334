import { logs } from '@opentelemetry/api';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type EventRecord, Events } from '../../src/sdk/events.ts';
import { recordDiag, testAgent } from './collect.ts';

/** Registers a real LoggerProvider for the length of a test. */
function registerLogs() {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  logs.setGlobalLoggerProvider(provider);
  onTestFinished(async () => {
    logs.disable();
    await provider.shutdown();
  });
  return async () => {
    await provider.forceFlush();
    return exporter.getFinishedLogRecords().map(({ eventName, attributes, body, severityNumber }) => ({
      eventName,
      attributes,
      body,
      severityNumber,
    }));
  };
}

describe('messages', () => {
  it('are told from the end that the agent is at', async () => {
    const events = registerLogs();
    const agent = testAgent({ id: 'writer', session: 'newsroom', type: 'author' });
    agent.message({ id: 'm1', thread: 't1', to: 'editor', payloadType: 'draft' });
    agent.message({ id: 'm2', thread: 't1', from: 'editor', to: 'writer' });
    const identity = {
      'vitals.agent.id': 'writer',
      'vitals.session.id': 'newsroom',
      'vitals.agent.type': 'author',
    };
    expect(await events()).toEqual([
      {
        eventName: 'vitals.message',
        severityNumber: 9,
        body: undefined,
        attributes: {
          ...identity,
          'vitals.message.direction': 'sent',
          'vitals.message.id': 'm1',
          'vitals.thread.id': 't1',
          'vitals.message.from': 'writer',
          'vitals.message.to': 'editor',
          'vitals.message.payload_type': 'draft',
        },
      },
      {
        eventName: 'vitals.message',
        severityNumber: 9,
        body: undefined,
        attributes: {
          ...identity,
          'vitals.message.direction': 'received',
          'vitals.message.id': 'm2',
          'vitals.thread.id': 't1',
          'vitals.message.from': 'editor',
          'vitals.message.to': 'writer',
        },
      },
    ]);
    expect(agent.eventsLost).toBe(0);
  });

  it('keep their payload to themselves unless asked', async () => {
    const events = registerLogs();
    testAgent().message({ to: 'editor', payload: 'secret draft' });
    expect(JSON.stringify(await events())).not.toContain('secret draft');
  });

  it.each([
    { what: 'text', payload: 'a draft', body: 'a draft' },
    { what: 'JSON', payload: { words: 420 }, body: '{"words":420}' },
    { what: 'nothing for a BigInt', payload: { words: 420n }, body: undefined },
    { what: 'nothing for more than 64 Ki characters', payload: 'x'.repeat(65_537), body: undefined },
  ])('hand their payload on where it was asked for: $what', async ({ payload, body }) => {
    const events = registerLogs();
    const agent = testAgent({ payloads: true });
    agent.message({ to: 'editor', payload });
    expect((await events())[0]).toMatchObject({ eventName: 'vitals.message', body });
    expect((await events())[0]?.attributes).toHaveProperty('vitals.message.id', expect.any(String));
  });
});

describe('threads', () => {
  it('begin and end', async () => {
    const events = registerLogs();
    const agent = testAgent();
    agent.thread({ id: 't1' });
    agent.thread({ id: 't1', status: 'error', error: new Error('the editor left') });
    expect((await events()).map(({ eventName, attributes }) => [eventName, attributes])).toMatchObject([
      ['vitals.thread', { 'vitals.thread.id': 't1', 'vitals.thread.status': 'active' }],
      [
        'vitals.thread',
        {
          'vitals.thread.id': 't1',
          'vitals.thread.status': 'error',
          'vitals.thread.error': 'the editor left',
        },
      ],
    ]);
  });
});

describe('changes of state', () => {
  it('are told with their reasons where they have one, and the thread that is on', async () => {
    const events = registerLogs();
    const agent = testAgent();
    agent.busy();
    agent.thread({ id: 't1' });
    agent.error(new TypeError('no such tool'));
    agent.idle();
    agent.thread({ id: 't1', status: 'completed' });
    agent.exhausted({ reason: 'billing' });
    agent.stop();
    const changes = (await events()).filter(({ eventName }) => eventName === 'vitals.agent.state_changed');
    expect(
      changes.map(({ attributes, severityNumber }) => [
        severityNumber,
        attributes['vitals.agent.state'],
        attributes['vitals.state.reason'],
        attributes['exception.message'],
        attributes['vitals.thread.id'],
      ]),
    ).toEqual([
      [17, 'error', 'TypeError', 'no such tool', 't1'],
      [9, 'idle', undefined, undefined, 't1'],
      [13, 'exhausted', 'billing', undefined, undefined],
      [9, 'stopped', undefined, undefined, undefined],
    ]);
  });

  it('cut a long message and survive one that cannot be read', async () => {
    const events = registerLogs();
    const agent = testAgent();
    agent.error('x'.repeat(5_000));
    agent.idle();
    agent.error({
      toString() {
        throw new Error('gotcha');
      },
    });
    const messages = (await events()).map(({ attributes }) => attributes['exception.message']);
    expect(messages[0]).toHaveLength(1_024);
    expect(messages[2]).toBe('unreadable error');
  });
});

describe('without a LoggerProvider', () => {
  it('events are counted, and the author is told once of those he asked for', async () => {
    const said = recordDiag();
    const agent = testAgent();
    agent.error(new Error('x'));
    agent.message({ to: 'editor' });
    agent.message({ to: 'editor' });
    await vi.waitFor(() => expect(agent.eventsLost).toBe(3));
    agent.message({ to: 'editor' });
    expect(agent.eventsLost).toBe(4);
    expect(said).toEqual([expect.stringContaining('no LoggerProvider is registered')]);
  });
});

/** A logs API of its own, as `@opentelemetry/api-logs` is one beside the API before 1.10. */
function logsApi(enabled: (() => boolean) | undefined, className = 'LoggerProvider') {
  const records: EventRecord[] = [];
  const logger = { emit: (record: EventRecord) => void records.push(record), ...(enabled && { enabled }) };
  const provider = { getLogger: () => logger };
  Object.defineProperty(provider, 'constructor', { value: { name: className } });
  return { records, api: { getLoggerProvider: () => provider } };
}

const record: EventRecord = { eventName: 'vitals.message', timestamp: 1, severityNumber: 9, attributes: {} };

describe('which logs API is used', () => {
  it('the API’s own before the optional peer', () => {
    const own = logsApi(() => true);
    const importPeer = vi.fn(async () => ({}));
    new Events(own.api, importPeer).emit(record, () => {}, true);
    expect(own.records).toEqual([record]);
    expect(importPeer).not.toHaveBeenCalled();
  });

  it.each([
    ['the API has none', undefined],
    ['the API’s own has no provider', logsApi(() => false)],
    ['the API’s own is a stand-in that does not say so', logsApi(undefined, 'ProxyLoggerProvider')],
  ])('the optional peer where %s; what came before it was loaded is kept', async (_, own) => {
    const peer = logsApi(undefined);
    const events = new Events(own?.api, async () => ({ logs: peer.api }));
    const lost = vi.fn();
    events.emit(record, lost, true);
    events.emit(record, lost, true);
    await vi.waitFor(() => expect(peer.records).toHaveLength(2));
    events.emit(record, lost, true);
    expect(peer.records).toHaveLength(3);
    expect(lost).not.toHaveBeenCalled();
  });

  it('none where the optional peer is not installed; at most 100 events wait to hear so', async () => {
    const events = new Events(undefined, async () => {
      throw new Error('Cannot find package');
    });
    const lost = vi.fn();
    for (let index = 0; index < 150; index++) events.emit(record, lost, false);
    expect(lost).toHaveBeenCalledTimes(50);
    await vi.waitFor(() => expect(lost).toHaveBeenCalledTimes(150));
    events.emit(record, lost, false);
    expect(lost).toHaveBeenCalledTimes(151);
  });

  it('none where the provider throws', () => {
    const said = recordDiag();
    const broken = {
      getLoggerProvider() {
        throw new Error('no loggers today');
      },
    };
    const events = new Events(broken, async () => ({}));
    expect(() => events.emit(record, () => {}, false)).not.toThrow();
    expect(said.join()).toContain('no loggers today');
  });
});
