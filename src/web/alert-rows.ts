import type { AlertAnswer, AlertSeverity } from '@agent-vitals/contract';
import { AcknowledgeForm, type Said } from './acknowledge-form.ts';
import { formatAgo, formatLength } from './format.ts';

/** How a severity is shown: its word says it, symbol and tone only help the eye. */
const looks: Readonly<Record<AlertSeverity, { readonly symbol: string; readonly tone: string }>> = {
  critical: { symbol: '■', tone: 'bad' },
  warning: { symbol: '▲', tone: 'warning' },
  info: { symbol: '○', tone: 'quiet' },
};

interface Row {
  readonly element: HTMLLIElement;
  readonly severity: HTMLElement;
  readonly message: HTMLAnchorElement;
  readonly since: HTMLElement;
  readonly taken: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly form: AcknowledgeForm;
  alert: AlertAnswer;
}

/** The alerts that fire: each keeps its own entry, so that focus survives a refresh. */
export class AlertRows {
  readonly #list: HTMLElement;
  readonly #onAcknowledge: (alert: AlertAnswer, said: Said) => void;
  #rows = new Map<string, Row>();

  /** @param onAcknowledge - Told when somebody takes one in hand. */
  constructor(list: HTMLElement, onAcknowledge: (alert: AlertAnswer, said: Said) => void) {
    this.#list = list;
    this.#onAcknowledge = onAcknowledge;
  }

  /** Shows these alerts and no others, in this order. */
  show(alerts: readonly AlertAnswer[], nowMs: number): void {
    const rows = new Map<string, Row>();
    for (const [index, alert] of alerts.entries()) {
      const row = this.#rows.get(alert.alert_id) ?? this.#createRow(alert);
      row.alert = alert;
      fill(row, nowMs);
      rows.set(alert.alert_id, row);
      const place = this.#list.children[index];
      if (place !== row.element) this.#list.insertBefore(row.element, place ?? null);
    }
    for (const [id, row] of this.#rows) if (!rows.has(id)) row.element.remove();
    this.#rows = rows;
  }

  /** Brings what depends on the time of day up to date. */
  tick(nowMs: number): void {
    for (const row of this.#rows.values()) fill(row, nowMs);
  }

  #createRow(alert: AlertAnswer): Row {
    const element = document.createElement('li');
    const severity = document.createElement('span');
    const message = document.createElement('a');
    message.target = '_blank';
    message.rel = 'noreferrer';
    const since = document.createElement('span');
    since.className = 'detail';
    const taken = document.createElement('span');
    taken.className = 'detail';
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Acknowledge';
    const text = document.createElement('div');
    const form = new AcknowledgeForm(
      (said) => this.#onAcknowledge(row.alert, said),
      () => {
        showButton(row);
        button.focus();
      },
    );
    text.append(message, since, taken, form.element);
    element.append(severity, text, button);
    const row: Row = { element, severity, message, since, taken, button, form, alert };
    button.addEventListener('click', () => {
      form.open();
      showButton(row);
    });
    return row;
  }
}

/** Everything shown goes through textContent: what an agent calls itself is never markup. */
function fill(row: Row, nowMs: number): void {
  const { alert, element, severity, message, since, taken, button, form } = row;
  const { symbol, tone } = looks[alert.severity];
  severity.className = `severity tone-${tone}`;
  setText(severity, `${symbol} ${alert.severity}`);
  setText(message, alert.message);
  message.title = alert.description;
  // Only what leads to a page of its own is a link.
  if (/^https?:/.test(alert.runbook_url)) message.href = alert.runbook_url;
  setText(since, `${alert.name}, since ${formatLength(nowMs - Date.parse(alert.timestamp))}`);
  setText(taken, alert.acknowledged ? takenText(alert, nowMs) : '');
  element.classList.toggle('acknowledged', alert.acknowledged);
  // Somebody else has taken it in the meantime.
  if (alert.acknowledged) form.close();
  showButton(row);
  button.setAttribute('aria-label', `Acknowledge: ${alert.message}`);
}

function showButton({ alert, button, form }: Row): void {
  button.hidden = alert.acknowledged || form.isOpen;
}

function takenText(alert: AlertAnswer, nowMs: number): string {
  const until =
    alert.acknowledged_until === null
      ? ''
      : `, for ${formatLength(Date.parse(alert.acknowledged_until) - nowMs)} more`;
  const comment = alert.comment === null ? '' : `: ${alert.comment}`;
  return `acknowledged by ${alert.acknowledged_by} ${formatAgo(alert.acknowledged_at, nowMs)}${until}${comment}`;
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
