import {
  type FleetView,
  isUnheard,
  type MemberCounts,
  memberClass,
  memberCountsOf,
  type SessionCounts,
  type SessionSettings,
  type SessionVerdict,
  sessionVerdict,
  type Transition,
} from '../../core/index.ts';

/** What the verdicts are made of. */
export interface SessionVerdictsOptions {
  readonly fleet: Pick<FleetView, 'isKnown' | 'sessionOf' | 'session'>;
  readonly settings: SessionSettings;
  /** How many last verdicts are kept; the one that changed longest ago leaves first. */
  readonly limit: number;
}

/**
 * Judges sessions, and remembers each one's last verdict: it stands while unknown members alone remain. Verdicts are
 * remembered as members change, not when somebody asks, so that the last one is the last one that could be made.
 */
export class SessionVerdicts {
  readonly #options: SessionVerdictsOptions;
  readonly #last = new Map<string, SessionVerdict>();
  /** What the members of a session were before the restart that made them unknown. */
  readonly #former = new Map<string, MemberCounts>();

  constructor(options: SessionVerdictsOptions) {
    this.#options = options;
  }

  /** Judges a session as it is now. */
  readonly verdictOf = (session: SessionCounts): SessionVerdict => {
    const counts = memberCountsOf(session);
    const last = this.#last.get(session.session) ?? null;
    const verdict = sessionVerdict(counts, last, this.#options.settings);
    // With nobody to judge, what there is was taken from memory.
    if (verdict !== last && verdict.health !== 'empty') this.#remember(session.session, verdict);
    return verdict;
  };

  /** Judges the sessions in which something has changed. */
  onTransitions(transitions: readonly Transition[]): void {
    const { fleet } = this.#options;
    const touched = new Set<string>();
    for (const { slot, from, reason } of transitions) {
      const session = fleet.isKnown(slot) ? fleet.sessionOf(slot) : '';
      if (session === '') continue;
      touched.add(session);
      if (reason === 'processor_restart' && from !== null)
        this.#noteFormer(session, memberClass(from, false));
    }
    for (const session of touched) {
      const counts = fleet.session(session);
      if (counts === undefined) continue;
      const { health } = this.verdictOf(counts);
      const former = this.#former.get(session);
      if (former === undefined) continue;
      // All were made unknown: what they were before makes the last verdict. Else it is made of those who remain.
      if (health === 'empty' || isUnheard(memberCountsOf(counts))) {
        this.#remember(session, sessionVerdict(former, null, this.#options.settings));
      } else {
        this.#former.delete(session);
      }
    }
  }

  #noteFormer(session: string, was: ReturnType<typeof memberClass>): void {
    if (was === 'unjudged') return;
    const former = this.#former.get(session) ?? { active: 0, degraded: 0, failed: 0, offline: 0, unknown: 0 };
    former[was]++;
    this.#former.set(session, former);
    dropOldest(this.#former, this.#options.limit);
  }

  #remember(session: string, verdict: SessionVerdict): void {
    this.#last.delete(session);
    this.#last.set(session, verdict);
    dropOldest(this.#last, this.#options.limit);
  }
}

function dropOldest(map: Map<string, unknown>, limit: number): void {
  if (map.size > limit) map.delete(map.keys().next().value!);
}
