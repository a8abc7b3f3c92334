/** The end of a process, as {@link onGoodbye} sees it; `process` is one. */
export interface Host {
  readonly pid: number;
  on(event: 'beforeExit', listener: () => void): unknown;
  prependListener(event: NodeJS.Signals, listener: () => void): unknown;
  removeListener(event: string, listener: () => void): unknown;
  listenerCount(event: string): number;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}

const signals = ['SIGTERM', 'SIGINT'] as const;

/**
 * Says goodbye when the process ends by SIGTERM, SIGINT or an empty event loop, and changes nothing else about that
 * end: a signal that nobody else handles kills the process as it would have, once the goodbye is said, and a second
 * one at once; one that somebody handles is left to them.
 *
 * @param say - Says goodbye; never rejects, and bounds its own time.
 * @returns Takes the listeners back.
 */
export function onGoodbye(host: Host, say: () => Promise<void>): () => void {
  let installed = true;
  let dying = false;

  const listeners = signals.map((signal) => {
    const listener = (): void => {
      // Others may be `once` listeners that are gone after this turn; we stand first, so they are all still here.
      const others = host.listenerCount(signal) - 1;
      if (others > 0) {
        // Some end the process only if nobody but they listens: while they are asked, we are not there.
        host.removeListener(signal, listener);
        setImmediate(() => {
          if (installed) host.prependListener(signal, listener);
        });
        void say();
        return;
      }
      const die = (): void => {
        host.removeListener(signal, listener);
        host.kill(host.pid, signal);
      };
      if (dying) {
        die();
        return;
      }
      dying = true;
      void say().then(die);
    };
    host.prependListener(signal, listener);
    return [signal, listener] as const;
  });

  const beforeExit = (): void => void say();
  host.on('beforeExit', beforeExit);

  return () => {
    installed = false;
    for (const [signal, listener] of listeners) host.removeListener(signal, listener);
    host.removeListener('beforeExit', beforeExit);
  };
}
