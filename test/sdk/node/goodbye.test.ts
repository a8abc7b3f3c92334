import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type Host, onGoodbye } from '../../../src/sdk/node/goodbye.ts';

/** A process that only notes by what signals it is killed. */
class NotingHost extends EventEmitter implements Host {
  readonly pid = 4711;
  readonly killed: string[] = [];

  kill(pid: number, signal: NodeJS.Signals): void {
    this.killed.push(`${pid} ${signal} ${this.listenerCount(signal)} listeners`);
  }
}

function saying() {
  const said = { count: 0, end: () => {} };
  const say = () => {
    said.count++;
    return new Promise<void>((resolve) => {
      said.end = resolve;
    });
  };
  return { said, say };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('onGoodbye', () => {
  it('lets a signal that nobody else handles kill the process once the goodbye is said', async () => {
    const host = new NotingHost();
    const { said, say } = saying();
    onGoodbye(host, say);
    host.emit('SIGTERM');
    await turn();
    expect(said.count).toBe(1);
    expect(host.killed).toEqual([]);
    said.end();
    await turn();
    expect(host.killed).toEqual(['4711 SIGTERM 0 listeners']);
  });

  it('dies at once by a second signal', async () => {
    const host = new NotingHost();
    const { said, say } = saying();
    onGoodbye(host, say);
    host.emit('SIGTERM');
    host.emit('SIGINT');
    expect(host.killed).toEqual(['4711 SIGINT 0 listeners']);
    expect(said.count).toBe(1);
  });

  it('leaves the end to others who handle the signal, and hears the next one', async () => {
    const host = new NotingHost();
    const { said, say } = saying();
    host.once('SIGTERM', () => {});
    onGoodbye(host, say);
    host.emit('SIGTERM');
    said.end();
    await turn();
    expect(said.count).toBe(1);
    expect(host.killed).toEqual([]);
    // Theirs was for once: now nobody else would handle it.
    host.emit('SIGTERM');
    expect(said.count).toBe(2);
    said.end();
    await turn();
    expect(host.killed).toHaveLength(1);
  });

  it('is not seen by a handler that asks who else listens', () => {
    const host = new NotingHost();
    const { say } = saying();
    onGoodbye(host, say);
    let listeners = 0;
    host.on('SIGINT', () => {
      listeners = host.listenerCount('SIGINT');
    });
    host.emit('SIGINT');
    expect(listeners).toBe(1);
  });

  it('says goodbye when the event loop is empty', () => {
    const host = new NotingHost();
    const { said, say } = saying();
    onGoodbye(host, say);
    host.emit('beforeExit');
    expect(said.count).toBe(1);
  });

  it('leaves no listener behind', async () => {
    const host = new NotingHost();
    const { say } = saying();
    host.on('SIGTERM', () => {});
    const takeBack = onGoodbye(host, say);
    host.emit('SIGTERM');
    takeBack();
    await turn();
    expect(host.listenerCount('SIGTERM')).toBe(1);
    expect(host.listenerCount('SIGINT')).toBe(0);
    expect(host.listenerCount('beforeExit')).toBe(0);
  });
});
