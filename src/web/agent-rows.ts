import type { AgentAnswer } from '@agent-vitals/contract';
import { formatAgo, formatLength, formatRecovery } from './format.ts';
import { statusLooks } from './status.ts';

const columns = ['Status', 'Agent', 'Session', 'Type', 'Conditions', 'Last seen', 'Missed beats', 'Back in'];

interface Row {
  readonly element: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
  agent: AgentAnswer;
}

/** The table's rows: each agent keeps its own, so that focus and selection survive a refresh. */
export class AgentRows {
  readonly #body: HTMLElement;
  #rows = new Map<string, Row>();

  constructor(body: HTMLElement) {
    this.#body = body;
  }

  /** Shows these agents and no others; who needs attention comes first. */
  show(agents: readonly AgentAnswer[], nowMs: number): void {
    const sorted = [...agents].sort(byAttention);
    const rows = new Map<string, Row>();
    for (const [index, agent] of sorted.entries()) {
      const row = this.#rows.get(agent.agent_id) ?? createRow(agent);
      row.agent = agent;
      fill(row, nowMs);
      rows.set(agent.agent_id, row);
      const place = this.#body.children[index];
      if (place !== row.element) this.#body.insertBefore(row.element, place ?? null);
    }
    for (const [id, row] of this.#rows) if (!rows.has(id)) row.element.remove();
    this.#rows = rows;
  }

  /** Brings what depends on the time of day up to date. */
  tick(nowMs: number): void {
    for (const row of this.#rows.values()) fill(row, nowMs);
  }
}

function byAttention(one: AgentAnswer, other: AgentAnswer): number {
  const attention = Number(statusLooks[other.state].attention) - Number(statusLooks[one.state].attention);
  return attention !== 0 ? attention : one.agent_id < other.agent_id ? -1 : 1;
}

function createRow(agent: AgentAnswer): Row {
  const element = document.createElement('tr');
  const cells = columns.map((label) => {
    const cell = document.createElement('td');
    cell.dataset.label = label;
    element.append(cell);
    return cell;
  });
  return { element, cells, agent };
}

function fill({ agent, cells }: Row, nowMs: number): void {
  const [status, name, session, type, conditions, seen, missed, back] = cells as readonly [
    HTMLTableCellElement,
    ...HTMLTableCellElement[],
  ];
  const look = statusLooks[agent.state];
  status.className = `status tone-${look.tone}`;
  status.title = `since ${formatLength(nowMs - Date.parse(agent.state_changed_at))}`;
  setParts(status, [
    ['symbol', look.symbol],
    ['', look.word],
  ]);
  setParts(name!, [
    ['', agent.agent_id],
    ['detail', agent.agent_name === agent.agent_id ? '' : (agent.agent_name ?? '')],
    ['detail', (agent.state === 'error' ? agent.error_message : agent.current_operation) ?? ''],
  ]);
  setText(session!, agent.session_id ?? '');
  setText(type!, agent.type ?? '');
  setParts(
    conditions!,
    agent.conditions.map((condition) => ['condition', condition.replace('_', ' ')]),
  );
  seen!.className = 'moment';
  setText(seen!, formatAgo(agent.last_seen, nowMs));
  setText(missed!, agent.heartbeat.missed === null ? '' : String(agent.heartbeat.missed));
  back!.className = 'moment';
  setText(back!, agent.exhausted === null ? '' : formatRecovery(agent.exhausted, nowMs));
}

/** Everything shown goes through textContent: what an agent calls itself is never markup. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function setParts(cell: HTMLElement, parts: readonly (readonly [className: string, text: string])[]): void {
  const said = parts.filter(([, text]) => text !== '');
  while (cell.childElementCount > said.length) cell.lastElementChild?.remove();
  for (const [index, [className, text]] of said.entries()) {
    const span = (cell.children[index] as HTMLElement | undefined) ?? document.createElement('span');
    if (span.parentElement === null) cell.append(span);
    if (span.className !== className) span.className = className;
    // The word beside it says the same.
    if (className === 'symbol') span.setAttribute('aria-hidden', 'true');
    else span.removeAttribute('aria-hidden');
    setText(span, text);
  }
}
