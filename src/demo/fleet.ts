import type { BehaviourName } from './behaviours.ts';

/** One agent of the demo: a process of its own. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly session: string;
  readonly type: string;
  readonly behaviour: BehaviourName;
}

/** Two sessions of agents; each of them shows something else. */
export const fleet: readonly Member[] = [
  member('research', 'researcher-1', 'Researcher', 'researcher', 'steady'),
  member('research', 'researcher-2', 'Second researcher', 'researcher', 'steady'),
  member('research', 'scraper-1', 'Scraper', 'scraper', 'steady'),
  member('research', 'scraper-2', 'Second scraper', 'scraper', 'doomed'),
  member('research', 'summarizer-1', 'Summarizer', 'writer', 'rateLimited'),
  member('support', 'receptionist-1', 'Receptionist', 'voice', 'onCall'),
  member('support', 'reviewer-1', 'Reviewer', 'reviewer', 'waiting'),
  member('support', 'invoicer-1', 'Invoicer', 'back-office', 'failing'),
  member('support', 'indexer-1', 'Indexer', 'back-office', 'stalling'),
  member('support', 'janitor-1', 'Janitor', 'back-office', 'paused'),
];

function member(session: string, id: string, name: string, type: string, behaviour: BehaviourName): Member {
  return { session, id, name, type, behaviour };
}
