import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent } from '@agent-vitals/sdk';
import { hashFiles, sortNumbers } from './work.ts';

/** What an agent of the demo does until it is told to stop. */
type Behaviour = (agent: Agent, signal: AbortSignal) => Promise<void>;

/** How long the model's quota is used up, in milliseconds: much shorter than a real one. */
const quotaMs = 15_000;

async function steady(agent: Agent, signal: AbortSignal): Promise<void> {
  const disk = agent.integration('disk');
  agent.confidence(0.9);
  while (!signal.aborted) {
    await agent.operation('hash-files', () =>
      hashFiles(
        (file) => disk.call(() => readFile(file)),
        () => agent.progress(),
        300,
        signal,
      ),
    );
    await sleep(1_500, undefined, { signal });
    await agent.operation('sort-numbers', () => sortNumbers(6, () => agent.progress(), 300, signal));
    await sleep(1_500, undefined, { signal });
  }
}

/** Works until the model's quota is used up; the SDK makes it idle again when the quota is back. */
async function rateLimited(agent: Agent, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await agent.operation('summarize', () => sortNumbers(10, () => agent.progress(), 400, signal));
    agent.exhausted({
      reason: 'rate_limit',
      scope: 'example-provider/demo',
      recoveryAt: Date.now() + quotaMs,
    });
    await sleep(quotaMs + 4_000, undefined, { signal });
  }
}

/** Its ledger refuses every invoice; they pile up until somebody takes the pile away. */
async function failing(agent: Agent, signal: AbortSignal): Promise<void> {
  const ledger = agent.integration('ledger');
  let pile = 0;
  agent.queueDepth(() => pile);
  for (let invoice = 4711; !signal.aborted; invoice++) {
    pile = (pile + 1) % 20;
    await sleep(3_000, undefined, { signal });
    await agent
      .operation('book-invoice', async () => {
        await sortNumbers(3, () => agent.progress(), 300, signal);
        ledger.call(() => {
          throw new RangeError(
            `Cannot book invoice ${invoice} as its total must be 0 or more: current value is -1`,
          );
        });
      })
      .catch((error: unknown) => {
        if (!(error instanceof RangeError)) throw error;
      });
    await sleep(9_000, undefined, { signal });
  }
}

/** Hangs in the middle of its work: busy, beating, and not advancing. */
async function stalling(agent: Agent, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await agent.operation('build-index', async () => {
      await sortNumbers(5, () => agent.progress(), 400, signal);
      await sleep(40_000, undefined, { signal });
    });
    await sleep(4_000, undefined, { signal });
  }
}

/** A person has paused it; it waits for as long as it takes. */
async function paused(agent: Agent, signal: AbortSignal): Promise<void> {
  await agent.operation('sweep', () => sortNumbers(8, () => agent.progress(), 400, signal));
  agent.pause();
  await sleep(2 ** 31 - 1, undefined, { signal });
}

async function onCall(agent: Agent, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await agent.operation('call', () => sortNumbers(40, () => agent.progress(), 500, signal), {
      slot: 'on_call',
    });
    await sleep(4_000, undefined, { signal });
  }
}

/** Does its part, then waits for another agent's answer. */
async function waiting(agent: Agent, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    agent.busy();
    await sortNumbers(5, () => agent.progress(), 400, signal);
    agent.waiting();
    await sleep(10_000, undefined, { signal });
    agent.busy();
    await sortNumbers(3, () => agent.progress(), 400, signal);
    agent.idle();
    await sleep(2_000, undefined, { signal });
  }
}

export const behaviours = {
  steady,
  // It works like the others: that it dies is not its own doing.
  doomed: steady,
  rateLimited,
  failing,
  stalling,
  paused,
  onCall,
  waiting,
} as const satisfies Readonly<Record<string, Behaviour>>;

export type BehaviourName = keyof typeof behaviours;
