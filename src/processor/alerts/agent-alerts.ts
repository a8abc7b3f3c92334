import { alertSeverities } from '@agent-vitals/contract';
import { type AgentJudge, type AlertBook, alertId, type FleetView } from '../../core/index.ts';

export interface AgentAlertsOptions {
  readonly fleet: Pick<FleetView, 'isKnown' | 'idOf' | 'find' | 'view'>;
  readonly book: AlertBook;
  readonly judge: AgentJudge;
}

/**
 * Judges agents and tells the book. Which alerts are open of an agent is kept as a mask by its slot, outside of the
 * core's columns: one that is fine and was fine costs a look at its facts and nothing else.
 */
export class AgentAlerts {
  readonly #options: AgentAlertsOptions;
  /** By slot: a bit for each of the judge's rules. */
  #open = new Uint16Array(1024);
  /** Until then, what was resolved after the fleet's last snapshot is not believed to hold again. */
  #doubtUntilMs = Number.NEGATIVE_INFINITY;
  /** Alerts may be open of agents that are no longer known, or whose slot is another's. */
  #hasOrphans = false;

  constructor(options: AgentAlertsOptions) {
    this.#options = options;
  }

  /** The rules about agents that are open after a restart belong to these slots again. */
  restored(doubtUntilMs: number): void {
    this.#doubtUntilMs = doubtUntilMs;
    const { fleet, book, judge } = this.#options;
    for (const [index, { name }] of judge.rules.entries()) {
      for (const subject of book.openSubjects(name)) {
        const slot = fleet.find(subject);
        // One that isn't back may be heard yet.
        if (slot >= 0) this.#set(slot, this.#openOf(slot) | (1 << index));
      }
    }
    this.#hasOrphans = true;
  }

  /**
   * Judges an agent by all rules.
   *
   * @param slot - Any slot below the limit; of one that is nobody's nothing is judged.
   * @param atMs - Since when what it is has been true, where that is known.
   */
  judge(slot: number, nowMs: number, atMs: number = nowMs): void {
    const { fleet, book, judge } = this.#options;
    const wasOpen = this.#openOf(slot);
    if (!fleet.isKnown(slot)) {
      if (wasOpen !== 0) this.#orphan(slot);
      return;
    }
    const holding = judge.judge(slot, nowMs);
    const touched = holding | wasOpen;
    if (touched === 0) return;
    const id = fleet.idOf(slot);
    let open = 0;
    for (let index = 0; index < judge.rules.length; index++) {
      const bit = 1 << index;
      if ((touched & bit) === 0) continue;
      const rule = judge.rules[index]!;
      const isOpenHere = book.isOpen(rule.name, id);
      // What was open of this slot and isn't of this agent may be of the one that had the slot before.
      if (!isOpenHere && (wasOpen & bit) !== 0) this.#hasOrphans = true;
      if (!isOpenHere && ((holding & bit) === 0 || this.#isOldNews(rule.name, id, slot, nowMs))) continue;
      const labels = () => judge.labelsOf(rule, slot);
      // What is measured was not measured when the status changed.
      const sinceMs = rule.unit === 'state' ? atMs : nowMs;
      if (book.judge(rule.name, id, judge.valueOf(index), labels, nowMs, sinceMs)) open |= bit;
    }
    this.#set(slot, open);
  }

  /**
   * Ends the alerts of agents that are no longer known, in as many steps as there are open alerts.
   *
   * @returns An iterator whose every step is one look.
   */
  *endOrphans(nowMs: number): Generator<void> {
    if (!this.#hasOrphans || nowMs < this.#doubtUntilMs) return;
    this.#hasOrphans = false;
    const { fleet, book, judge } = this.#options;
    for (const { name } of judge.rules) {
      for (const subject of book.openSubjects(name)) {
        yield;
        if (fleet.find(subject) < 0) book.forget('agent', subject, nowMs);
      }
    }
  }

  /**
   * After a crash the fleet may be older than its alerts: what is true of an agent since before its alert was resolved
   * was over by then. Should it not be, the agent is judged as it is once everybody could be heard.
   */
  #isOldNews(name: string, id: string, slot: number, nowMs: number): boolean {
    if (nowMs >= this.#doubtUntilMs) return false;
    const { book, fleet } = this.#options;
    const { statusSinceMs } = fleet.view(slot, nowMs, { work: false, health: false });
    return alertSeverities.some((severity) => {
      const resolvedAtMs = book.find(alertId(name, severity, id))?.resolvedAtMs ?? null;
      return resolvedAtMs !== null && resolvedAtMs > statusSinceMs;
    });
  }

  #orphan(slot: number): void {
    this.#open[slot] = 0;
    this.#hasOrphans = true;
  }

  #openOf(slot: number): number {
    return this.#open[slot] ?? 0;
  }

  #set(slot: number, open: number): void {
    if (slot >= this.#open.length) {
      if (open === 0) return;
      const wider = new Uint16Array(2 ** Math.ceil(Math.log2(slot + 1)));
      wider.set(this.#open);
      this.#open = wider;
    }
    this.#open[slot] = open;
  }
}
