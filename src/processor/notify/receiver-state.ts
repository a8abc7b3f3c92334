import type { NotificationOutcome, NotificationReceiver } from '@agent-vitals/contract';
import type { Log } from '../log.ts';
import type { Outcome } from './request.ts';
import type { Target } from './target.ts';

const longestExcerpt = 200;
/** Told in one outage at most. */
const mostReasons = 8;

export interface ReceiverStateOptions {
  readonly receiver: NotificationReceiver;
  /** Of the configuration: what to change. */
  readonly key: string;
  readonly target: Target;
  /** Whether the beginning of a refusal's text may be logged. */
  readonly showsAnswer: boolean;
  readonly log: Log;
}

/** Figures for the processor's own metrics. */
export interface ReceiverFigures {
  readonly receiver: NotificationReceiver;
  readonly counts: Readonly<Record<NotificationOutcome, number>>;
  readonly waiting: number;
  readonly isFailing: boolean;
}

/** How it goes with one receiver: counts, and a line in the log where it begins to fail and where it is over. */
export class ReceiverState {
  readonly #options: ReceiverStateOptions;
  readonly #counts: Record<NotificationOutcome, number> = { sent: 0, failed: 0, refused: 0, dropped: 0 };
  #failingSinceMs: number | undefined;
  /** Each reason of this outage that was told; few, as a receiver has few ways to fail. */
  readonly #told = new Set<string>();

  constructor(options: ReceiverStateOptions) {
    this.#options = options;
  }

  get isFailing(): boolean {
    return this.#failingSinceMs !== undefined;
  }

  figures(waiting: number): ReceiverFigures {
    const { receiver } = this.#options;
    return { receiver, counts: { ...this.#counts }, waiting, isFailing: this.isFailing };
  }

  /** @param count - How many notifications the request had. */
  answered(outcome: Outcome, count: number, nowMs: number): void {
    this.#counts[outcome.kind === 'accepted' ? 'sent' : outcome.kind] += count;
    if (outcome.kind === 'accepted') this.#works(nowMs);
    else this.#fails(outcome, nowMs);
  }

  dropped(count: number): void {
    this.#counts.dropped += count;
  }

  #works(nowMs: number): void {
    if (this.#failingSinceMs === undefined) return;
    const { key, log, target } = this.#options;
    const seconds = Math.round((nowMs - this.#failingSinceMs) / 1000);
    this.#failingSinceMs = undefined;
    this.#told.clear();
    log.info('notifications arrive again', { key, url: target.shown, after_seconds: seconds });
  }

  /** Each reason is told once an outage. */
  #fails(outcome: Exclude<Outcome, { kind: 'accepted' }>, nowMs: number): void {
    this.#failingSinceMs ??= nowMs;
    const { key, log, showsAnswer, target } = this.#options;
    const { kind, why } = outcome;
    const reason = `${kind} ${why}`;
    if (this.#told.has(reason) || this.#told.size >= mostReasons) return;
    this.#told.add(reason);
    const answer =
      kind === 'refused' && showsAnswer && outcome.body !== '' ? excerptOf(outcome.body, target) : undefined;
    const message =
      kind === 'refused'
        ? 'notifications are refused: they are not tried again'
        : 'notifications do not arrive: they are tried again';
    log.error(message, { key, url: target.shown, why, answer });
  }
}

/** A server may repeat what it was sent: credentials are not shown even then. */
function excerptOf(body: string, { authorization }: Target): string {
  const encoded = authorization?.slice('Basic '.length);
  const secrets =
    encoded === undefined
      ? []
      : [
          encoded,
          Buffer.from(encoded, 'base64')
            .toString()
            .replace(/^[^:]*:/, ''),
        ];
  let text = body;
  for (const secret of secrets) if (secret !== '') text = text.replaceAll(secret, '(hidden)');
  return text.slice(0, longestExcerpt);
}
