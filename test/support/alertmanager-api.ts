/** An alert as an Alertmanager lists it. */
export interface ListedAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly status: {
    readonly state: string;
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
  };
}

/** A silence as an Alertmanager lists it. */
export interface ListedSilence {
  readonly id: string;
  readonly status: { readonly state: string };
  readonly matchers: readonly { readonly name: string; readonly value: string }[];
  readonly createdBy: string;
  readonly comment: string;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** What an Alertmanager takes to be firing. */
export function listedAlerts(url: string): Promise<ListedAlert[]> {
  return get(`${url}/api/v2/alerts`);
}

/** All silences it knows, expired ones too. */
export function listedSilences(url: string): Promise<ListedSilence[]> {
  return get(`${url}/api/v2/silences`);
}

async function get<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
