import { type Outcome, send } from '../request.ts';
import type { Target } from '../target.ts';

/** An alert as Alertmanager takes it. */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  /** In the past where it is over. */
  readonly endsAt: string;
  readonly generatorURL: string;
}

/** A silence as Alertmanager takes it; with an id it takes the place of that one. */
export interface PostableSilence {
  readonly id?: string;
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
}

export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

/** A silence as Alertmanager knows it. */
export interface KnownSilence {
  readonly id: string;
  readonly state: 'active' | 'pending' | 'expired';
  readonly comment: string;
  readonly startsAt: string;
}

export interface AlertmanagerClientOptions {
  readonly timeoutMs: number;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

const maxAnswerBytes = 8 * 2 ** 20;

/** Alertmanager's API v2: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml */
export class AlertmanagerClient {
  readonly #target: Target;
  readonly #options: AlertmanagerClientOptions;

  constructor(target: Target, options: AlertmanagerClientOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** Where it is, fit for logs. */
  get shown(): string {
    return this.#target.shown;
  }

  postAlerts(alerts: readonly PostableAlert[]): Promise<Outcome> {
    return this.#send('POST', '/api/v2/alerts', { body: JSON.stringify(alerts) });
  }

  /** @returns The silence's id beside what became of the request: another one where it could not be changed. */
  async postSilence(silence: PostableSilence): Promise<{ outcome: Outcome; id?: string }> {
    const outcome = await this.#send('POST', '/api/v2/silences', { body: JSON.stringify(silence) });
    const answer = jsonOf<{ silenceID?: string }>(outcome);
    return answer?.silenceID === undefined ? { outcome } : { outcome, id: answer.silenceID };
  }

  /** Ends a silence; that it is not there any more is as good. */
  async expireSilence(id: string): Promise<Outcome> {
    const outcome = await this.#send('DELETE', `/api/v2/silence/${encodeURIComponent(id)}`);
    if (outcome.kind === 'accepted') return outcome;
    if ('status' in outcome && outcome.status === 404) return { kind: 'accepted', status: 404, body: '' };
    // Of one that is expired already some versions say 500, others 404.
    const known = await this.#send('GET', `/api/v2/silence/${encodeURIComponent(id)}`);
    const state = jsonOf<{ status?: { state?: string } }>(known)?.status?.state;
    return state === 'expired' ? known : outcome;
  }

  /** Silences whose matchers have these labels. */
  async silences(
    labels: Readonly<Record<string, string>>,
  ): Promise<{ outcome: Outcome; silences: KnownSilence[] }> {
    const outcome = await this.#send('GET', '/api/v2/silences', { filter: labels });
    const answer =
      jsonOf<{ id: string; comment: string; startsAt: string; status: { state: KnownSilence['state'] } }[]>(
        outcome,
      );
    const silences = (answer ?? []).map(({ status, ...silence }) => ({ ...silence, state: status.state }));
    return { outcome, silences };
  }

  /** Whether an alert with these labels is there; undefined where it can't be told. */
  async hasAlert(labels: Readonly<Record<string, string>>): Promise<boolean | undefined> {
    const answer = jsonOf<unknown[]>(await this.#send('GET', '/api/v2/alerts', { filter: labels }));
    return answer === undefined ? undefined : answer.length > 0;
  }

  #send(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    { body, filter = {} }: { body?: string; filter?: Readonly<Record<string, string>> } = {},
  ): Promise<Outcome> {
    const query = Object.entries(filter).map(
      ([name, value]) => ['filter', `${name}=${quoted(value)}`] as const,
    );
    return send(this.#target, {
      method,
      path,
      query,
      ...this.#options,
      maxAnswerBytes,
      ...(body === undefined ? {} : { body }),
    });
  }
}

function jsonOf<T>(outcome: Outcome): T | undefined {
  if (outcome.kind !== 'accepted') return undefined;
  try {
    return JSON.parse(outcome.body) as T;
  } catch {
    return undefined;
  }
}

/** As Alertmanager's matchers are quoted. */
function quoted(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
