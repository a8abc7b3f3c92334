import type { ExhaustionView } from '../../core/index.ts';

/** An account or provider whose quota ran out. */
export interface ExhaustedAccount {
  readonly scope: string;
  /** Agents that are exhausted on it. */
  agents: number;
  /** Ids of some of them: an incident lists no more. */
  readonly members: string[];
  /** When the second of them ran out: since then they have it in common. */
  sinceMs: number;
  /** When the last is expected back; null where one never is by itself. */
  recoveryAtMs: number | null;
}

/** Agents name their scopes: beyond this many, further ones aren't looked at. */
const mostAccounts = 1_000;
const mostMembers = 1_000;

/** Gathers, in a round through the fleet, who is exhausted on what. */
export class AccountTally {
  readonly #accounts = new Map<string, ExhaustedAccount & { firstAtMs: number }>();

  /** Takes an agent that is exhausted on a scope. */
  add(id: string, { scope, exhaustedAtMs, recoveryAtMs }: ExhaustionView): void {
    if (scope === null || scope === '') return;
    const known = this.#accounts.get(scope);
    if (known === undefined) {
      if (this.#accounts.size >= mostAccounts) return;
      const account = {
        scope,
        agents: 1,
        members: [id],
        sinceMs: Infinity,
        firstAtMs: exhaustedAtMs,
        recoveryAtMs,
      };
      this.#accounts.set(scope, account);
      return;
    }
    known.agents++;
    if (known.members.length < mostMembers) known.members.push(id);
    known.sinceMs = Math.min(known.sinceMs, Math.max(known.firstAtMs, exhaustedAtMs));
    known.firstAtMs = Math.min(known.firstAtMs, exhaustedAtMs);
    known.recoveryAtMs =
      known.recoveryAtMs === null || recoveryAtMs === null
        ? null
        : Math.max(known.recoveryAtMs, recoveryAtMs);
  }

  /** All of them, in the order in which they were met. */
  accounts(): Iterable<ExhaustedAccount> {
    return this.#accounts.values();
  }

  find(scope: string): ExhaustedAccount | undefined {
    return this.#accounts.get(scope);
  }
}
