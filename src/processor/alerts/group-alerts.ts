import { prometheusLabel } from '@agent-vitals/contract';
import {
  type AlertBook,
  type AlertName,
  type AlertRule,
  type AlertScope,
  type FactsOf,
  type FleetView,
  memberCountsOf,
  rulesOf,
  type SessionCounts,
  type SessionVerdict,
} from '../../core/index.ts';
import { type SystemUsage, usageOfHosts } from '../health/system-usage.ts';
import type { AccountTally } from './account-tally.ts';
import type { IncidentKeeper } from './incident-keeper.ts';

/** Whether notifications to a receiver fail. */
export interface ReceiverState {
  readonly receiver: string;
  readonly isFailing: boolean;
}

export interface GroupAlertsOptions {
  readonly fleet: Pick<
    FleetView,
    'gaps' | 'sessionLimit' | 'sessionAt' | 'session' | 'integrationNames' | 'integration' | 'hosts'
  >;
  readonly book: AlertBook;
  readonly incidents: IncidentKeeper;
  readonly verdictOf: (session: SessionCounts) => SessionVerdict;
  /** How busy the processor's own host is: told where no agent tells of its host. */
  readonly ownHost: () => SystemUsage;
  readonly receivers: () => Iterable<ReceiverState>;
}

type GroupScope = Exclude<AlertScope, 'agent'>;

/**
 * Judges what agents have in common: accounts, sessions, what they call, ways in, hosts, and the processor itself. Every
 * judgement is a step of an iterator, so that the caller may cut a round into slices.
 */
export class GroupAlerts {
  readonly #options: GroupAlertsOptions;
  readonly #rules: { readonly [Scope in GroupScope]: readonly AlertRule<Scope>[] } = {
    account: rulesOf('account'),
    session: rulesOf('session'),
    integration: rulesOf('integration'),
    system: rulesOf('system'),
    pipeline: rulesOf('pipeline'),
    processor: rulesOf('processor'),
  };
  /** Pipelines whose silence this process has seen. */
  readonly #seenSilent = new Set<string>();

  constructor(options: GroupAlertsOptions) {
    this.#options = options;
  }

  /**
   * Judges all of them.
   *
   * @param accounts - As the round through the agents found them.
   * @param isBlind - The processor began a while ago and may not have heard everybody yet: what would end or begin by
   *   that alone stays as it is.
   */
  *round(accounts: AccountTally, isBlind: boolean, nowMs: number): Generator<void> {
    yield* this.#pipelines(isBlind, nowMs);
    yield* this.#accounts(accounts, nowMs);
    yield* this.#sessions(isBlind, nowMs);
    yield* this.#integrations(nowMs);
    const { fleet, ownHost, receivers } = this.#options;
    this.#judge('system', 'system', usageOfHosts(fleet.hosts(nowMs)) ?? ownHost(), nowMs);
    yield;
    for (const { receiver, isFailing } of receivers()) {
      this.#judge('processor', receiver, { isFailing }, nowMs);
      yield;
    }
  }

  /** Judges the ways in alone: their silence is to stand before anything that it explains. */
  judgePipelines(isBlind: boolean, nowMs: number): void {
    for (const _ of this.#pipelines(isBlind, nowMs));
  }

  *#pipelines(isBlind: boolean, nowMs: number): Generator<void> {
    const { fleet, incidents } = this.#options;
    const silent = new Map<string, { sinceMs: number; count: number }>();
    for (const { pipeline, sinceMs, agents, isOpen } of fleet.gaps) {
      if (isOpen) silent.set(pipeline, { sinceMs, count: agents });
    }
    for (const [pipeline, { sinceMs, count }] of silent) {
      this.#seenSilent.add(pipeline);
      this.#judge('pipeline', pipeline, { isSilent: true }, nowMs);
      incidents.book.hold('telemetry_gap', pipeline, { sinceMs, count, recoveryAtMs: null }, nowMs);
      yield;
    }
    for (const pipeline of this.#subjects('pipeline', incidents.book.openOf('telemetry_gap'))) {
      yield;
      if (silent.has(pipeline)) continue;
      // Before a restart it was silent, and the fleet's snapshot may be older than that.
      if (isBlind && !this.#seenSilent.has(pipeline)) continue;
      this.#seenSilent.delete(pipeline);
      this.#judge('pipeline', pipeline, { isSilent: false }, nowMs);
      incidents.book.end('telemetry_gap', pipeline, nowMs);
    }
  }

  *#accounts(accounts: AccountTally, nowMs: number): Generator<void> {
    const { incidents } = this.#options;
    for (const { scope, agents, members, sinceMs, recoveryAtMs } of accounts.accounts()) {
      yield;
      this.#judge('account', scope, { exhaustedAgents: agents }, nowMs);
      // One alone has nothing in common with anybody.
      if (agents < 2) continue;
      incidents.book.hold('account_exhausted', scope, { sinceMs, count: agents, recoveryAtMs }, nowMs);
      for (const member of members) incidents.book.add('account_exhausted', scope, member);
    }
    for (const scope of this.#subjects('account', incidents.book.openOf('account_exhausted'))) {
      yield;
      const agents = accounts.find(scope)?.agents ?? 0;
      if (agents === 0) this.#judge('account', scope, { exhaustedAgents: 0 }, nowMs);
      if (agents < 2) incidents.book.end('account_exhausted', scope, nowMs);
    }
  }

  *#sessions(isBlind: boolean, nowMs: number): Generator<void> {
    const { fleet, verdictOf, incidents } = this.#options;
    for (let index = 0; index < fleet.sessionLimit; index++) {
      yield;
      const session = fleet.sessionAt(index);
      if (session === undefined) continue;
      const { active, degraded, failed, offline, unknown } = memberCountsOf(session);
      const isUnknown = unknown > 0 && (isBlind || active + degraded + failed + offline === 0);
      const { health } = verdictOf(session);
      this.#judge('session', session.session, { health, isUnknown }, nowMs);
      if (isUnknown) continue;
      const isCritical = health === 'critical' || health === 'failed';
      incidents.session(session.session, isCritical, degraded + failed + offline, nowMs);
    }
    for (const session of this.#subjects('session', incidents.book.openOf('session_critical'))) {
      yield;
      if (fleet.session(session) !== undefined || isBlind) continue;
      this.#options.book.forget('session', session, nowMs);
      incidents.session(session, false, 0, nowMs);
    }
  }

  *#integrations(nowMs: number): Generator<void> {
    const { fleet, book } = this.#options;
    for (const name of fleet.integrationNames()) {
      yield;
      const integration = fleet.integration(name, nowMs);
      if (integration !== undefined) this.#judge('integration', name, integration, nowMs);
    }
    for (const name of this.#subjects('integration')) {
      yield;
      if (fleet.integration(name, nowMs) === undefined) book.forget('integration', name, nowMs);
    }
  }

  #judge<Scope extends GroupScope>(
    scope: Scope,
    subject: string,
    facts: FactsOf[Scope],
    nowMs: number,
  ): void {
    for (const rule of this.#rules[scope]) {
      if (rule.measure === null) continue;
      const labels = () => labelsOf(rule, subject);
      this.#options.book.judge(rule.name, subject, rule.measure(facts), labels, nowMs);
    }
  }

  /** Of what alerts of a scope are open, and other things that go on. */
  #subjects(scope: GroupScope, others: Iterable<string> = []): Set<string> {
    const subjects = new Set(others);
    for (const { name } of this.#rules[scope]) {
      for (const subject of this.#options.book.openSubjects(name as AlertName)) subjects.add(subject);
    }
    return subjects;
  }
}

/** The attributes of a group's alert are its subject's alone. */
function labelsOf({ labels }: Pick<AlertRule, 'labels'>, subject: string): Record<string, string> {
  return Object.fromEntries(labels.map((attribute) => [prometheusLabel(attribute), subject]));
}
