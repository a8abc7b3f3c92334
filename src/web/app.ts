/** The page's entry: asks every two seconds, shows what came, says so when nothing comes. */
import type { AgentStatus, AgentsAnswer, AlertAnswer } from '@agent-vitals/contract';
import type { Said } from './acknowledge-form.ts';
import { AgentRows } from './agent-rows.ts';
import { AlertRows } from './alert-rows.ts';
import {
  type Asked,
  acknowledge,
  askForAlerts,
  askForFleet,
  askForOtlpAddress,
  type FiringAlerts,
  hasSession,
  logIn,
  logOut,
} from './api.ts';
import { StatusCounts } from './counts.ts';
import { agentCode, heartbeatCommand, reachedAt } from './first-heartbeat.ts';
import { formatLength, formatTimeOfDay } from './format.ts';

const pollEveryMs = 2_000;
const typingPauseMs = 200;
const firstLimit = 200;
const greatestLimit = 1_000;

const elements = {
  total: element('total'),
  banner: element('banner'),
  fleet: element('fleet'),
  loading: element('loading'),
  empty: element('empty'),
  login: element('login'),
  loginError: element('login-error'),
  logout: element<HTMLButtonElement>('logout'),
  alerts: element('alerts'),
  alertError: element('alert-error'),
  moreAlerts: element('more-alerts'),
  shown: element('shown'),
  nothing: element('nothing'),
  more: element('more'),
  text: element<HTMLInputElement>('text'),
  token: element<HTMLInputElement>('token'),
};
const views = ['loading', 'empty', 'fleet', 'login'] as const;

const rows = new AgentRows(element('agents'));
const alertRows = new AlertRows(element('alert-list'), takeInHand);
const counts = new StatusCounts(element('counts'), (status) => {
  filter.status = filter.status === status ? null : status;
  ask();
});
const filter: { status: AgentStatus | null; limit: number } = { status: null, limit: firstLimit };

let question = new AbortController();
let nextAsk: ReturnType<typeof setTimeout> | undefined;
let serverAheadMs = 0;
let unreachableSinceMs: number | null = null;
let loggedIn = false;
let explained = false;

/** Asks now, in place of any question that is still open, and again after a while. */
async function ask(): Promise<void> {
  clearTimeout(nextAsk);
  question.abort();
  question = new AbortController();
  const { signal } = question;
  try {
    const [asked, alerts] = await Promise.all([askForFleet(parameters(), signal), askForAlerts(signal)]);
    if (signal.aborted) return;
    show(asked);
    showAlerts(asked, alerts);
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  } finally {
    if (!signal.aborted) nextAsk = setTimeout(ask, pollEveryMs);
  }
}

function parameters(): URLSearchParams {
  const search = new URLSearchParams({ limit: String(filter.limit) });
  if (filter.status !== null) search.set('state', filter.status);
  const text = elements.text.value.trim();
  if (text !== '') search.set('q', text);
  return search;
}

function show(asked: Asked): void {
  if (asked.kind === 'unreachable') {
    unreachableSinceMs ??= Date.now();
    showUnreachable(asked.reason);
    return;
  }
  unreachableSinceMs = null;
  elements.banner.hidden = true;
  elements.fleet.classList.remove('outdated');
  if (asked.kind === 'login') {
    loggedIn = false;
    elements.logout.hidden = true;
    showView('login');
    return;
  }
  serverAheadMs = asked.serverAheadMs;
  elements.logout.hidden = !loggedIn;
  showFleet(asked.fleet);
}

function showFleet(fleet: AgentsAnswer): void {
  const known = Object.values(fleet.counts).reduce((sum, count) => sum + count, 0);
  const filtered = filter.status !== null || elements.text.value.trim() !== '';
  elements.total.textContent = known === 1 ? '1 agent' : `${known.toLocaleString()} agents`;
  if (known === 0 && !filtered) {
    showView('empty');
    explain();
    return;
  }
  counts.show(fleet.counts, filter.status);
  rows.show(fleet.agents, nowMs());
  elements.nothing.hidden = fleet.total > 0;
  elements.more.hidden = fleet.next_cursor === null || filter.limit >= greatestLimit;
  elements.shown.textContent = shownText(fleet, filtered);
  showView('fleet');
}

/** What was known of alerts stays, as the fleet does, while the processor doesn't answer. */
function showAlerts(asked: Asked, firing: FiringAlerts | null): void {
  if (asked.kind === 'login') alertRows.show([], nowMs());
  else if (firing !== null) alertRows.show(firing.alerts, nowMs());
  elements.alerts.hidden = element('alert-list').childElementCount === 0;
  elements.moreAlerts.hidden = firing === null || !firing.hasMore;
}

async function takeInHand(alert: AlertAnswer, { comment, forMs }: Said): Promise<void> {
  const until = forMs === null ? null : new Date(nowMs() + forMs).toISOString();
  const refusal = await acknowledge(alert.alert_id, { comment, until });
  elements.alertError.hidden = refusal === null;
  elements.alertError.textContent = refusal ?? '';
  ask();
}

function shownText({ agents, total }: AgentsAnswer, filtered: boolean): string {
  const matching = `${total.toLocaleString()} ${filtered ? 'matching' : 'known'}`;
  if (agents.length === total) return filtered ? matching : '';
  const hint = filter.limit >= greatestLimit ? '; the filter finds the others' : '';
  return `${agents.length.toLocaleString()} of ${matching} shown${hint}`;
}

function showUnreachable(reason: string): void {
  const sinceMs = unreachableSinceMs ?? Date.now();
  elements.banner.hidden = false;
  elements.banner.textContent =
    `Processor unreachable since ${formatTimeOfDay(sinceMs)} (${formatLength(Date.now() - sinceMs)}). ` +
    `${elements.fleet.hidden ? '' : 'The list shows what was known then. '}${reason}`;
  elements.fleet.classList.add('outdated');
}

function showView(name: (typeof views)[number]): void {
  for (const view of views) elements[view].hidden = view !== name;
  if (name !== 'fleet') elements.total.textContent = '';
}

/** Fills the empty page's examples with the address that this processor listens on. */
async function explain(): Promise<void> {
  if (explained) return;
  explained = true;
  const listens = (await askForOtlpAddress()) ?? 'http://0.0.0.0:4318';
  const address = reachedAt(listens, location.hostname);
  element('first-heartbeat').textContent = heartbeatCommand(address);
  element('first-agent').textContent = agentCode(address);
  element('token-hint').hidden = !loggedIn;
}

/** Now by the processor's clock. */
function nowMs(): number {
  return Date.now() + serverAheadMs;
}

function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Cannot show the page as #${id} must be in it`);
  return found as T;
}

let typing: ReturnType<typeof setTimeout> | undefined;
elements.text.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(ask, typingPauseMs);
});
element('filter').addEventListener('submit', (event) => {
  event.preventDefault();
  ask();
});
element('clear').addEventListener('click', () => {
  elements.text.value = '';
  filter.status = null;
  elements.text.focus();
  ask();
});
element('show-more').addEventListener('click', () => {
  filter.limit = greatestLimit;
  ask();
});
element('login-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const refusal = await logIn(elements.token.value);
  elements.loginError.textContent = refusal ?? '';
  if (refusal !== null) return;
  elements.token.value = '';
  loggedIn = true;
  ask();
});
elements.logout.addEventListener('click', async () => {
  await logOut();
  ask();
});
document.addEventListener('keydown', (event) => {
  const typingSomewhere = event.target instanceof HTMLInputElement;
  if (event.key === '/' && !typingSomewhere && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    elements.text.focus();
  }
});
setInterval(() => {
  if (document.hidden) return;
  if (unreachableSinceMs !== null) return;
  rows.tick(nowMs());
  alertRows.tick(nowMs());
}, 1_000);

loggedIn = await hasSession();
ask();
