import type { AgentStatus } from '@agent-vitals/contract';
import { statuses, statusLooks } from './status.ts';

interface Chip {
  readonly button: HTMLButtonElement;
  readonly number: HTMLElement;
}

/** The whole fleet's counts by status: a button each, which filters the list and, pressed again, no longer does. */
export class StatusCounts {
  readonly #chips: ReadonlyMap<AgentStatus, Chip>;

  constructor(group: HTMLElement, onPress: (status: AgentStatus) => void) {
    this.#chips = new Map(statuses.map((status) => [status, createChip(status, onPress)]));
    group.replaceChildren(...[...this.#chips.values()].map(({ button }) => button));
  }

  /** Shows how many are in each status, and which status the list is filtered by. */
  show(counts: Readonly<Record<AgentStatus, number>>, pressed: AgentStatus | null): void {
    for (const [status, { button, number }] of this.#chips) {
      const count = counts[status];
      number.textContent = count.toLocaleString();
      button.classList.toggle('none', count === 0);
      button.setAttribute('aria-pressed', String(status === pressed));
    }
  }
}

function createChip(status: AgentStatus, onPress: (status: AgentStatus) => void): Chip {
  const { symbol, tone, word } = statusLooks[status];
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.status = status;
  const mark = document.createElement('span');
  mark.className = `symbol tone-${tone}`;
  mark.setAttribute('aria-hidden', 'true');
  mark.textContent = symbol;
  const number = document.createElement('span');
  number.className = 'number';
  button.append(mark, `${word} `, number);
  button.addEventListener('click', () => onPress(status));
  return { button, number };
}
