/** What somebody says who takes an alert in hand. */
export interface Said {
  /** Null where nothing was said. */
  readonly comment: string | null;
  /** Null: until the alert is over. */
  readonly forMs: number | null;
}

const hourMs = 3_600_000;
const lengths: readonly (readonly [string, number | null])[] = [
  ['it is over', null],
  ['1 hour from now', hourMs],
  ['4 hours from now', 4 * hourMs],
  ['tomorrow at this time', 24 * hourMs],
];
const longestComment = 1024;

/** Asks why, and until when, somebody takes an alert in hand. Enter takes it, Escape leaves it. */
export class AcknowledgeForm {
  readonly element = document.createElement('form');
  readonly #comment = document.createElement('input');
  readonly #until = document.createElement('select');
  readonly #onLeave: () => void;

  /**
   * @param onSaid - Told when the form is sent.
   * @param onLeave - Told when it has closed, whichever way.
   */
  constructor(onSaid: (said: Said) => void, onLeave: () => void) {
    this.#onLeave = onLeave;
    this.#comment.maxLength = longestComment;
    this.#comment.autocomplete = 'off';
    this.#until.append(...lengths.map(([text], index) => new Option(text, String(index))));
    const take = document.createElement('button');
    take.textContent = 'Acknowledge';
    const leave = document.createElement('button');
    leave.type = 'button';
    leave.textContent = 'Cancel';
    this.element.className = 'acknowledge';
    this.element.hidden = true;
    this.element.append(labelled('Comment', this.#comment), labelled('Until', this.#until), take, leave);
    leave.addEventListener('click', () => this.close());
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      const said = this.#said();
      this.close();
      onSaid(said);
    });
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  /** Asks, from the start. */
  open(): void {
    this.#comment.value = '';
    this.#until.selectedIndex = 0;
    this.element.hidden = false;
    this.#comment.focus();
  }

  close(): void {
    if (!this.isOpen) return;
    this.element.hidden = true;
    this.#onLeave();
  }

  #said(): Said {
    const comment = this.#comment.value.trim();
    return {
      comment: comment === '' ? null : comment,
      forMs: lengths[this.#until.selectedIndex]?.[1] ?? null,
    };
  }
}

function labelled(text: string, field: HTMLElement): HTMLLabelElement {
  const label = document.createElement('label');
  label.append(text, ' ', field);
  return label;
}
