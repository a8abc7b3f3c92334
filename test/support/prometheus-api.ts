/** One series of an instant query's answer, with its value now. */
export interface QueriedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Asks a Prometheus a query for now.
 *
 * @param url where it is, without a slash at the end
 * @param query PromQL that gives a vector
 * @throws Error with Prometheus' own words when it doesn't take the query
 */
export async function queryPrometheus(url: string, query: string): Promise<QueriedSeries[]> {
  const data = await get<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
    `${url}/api/v1/query?query=${encodeURIComponent(query)}`,
  );
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** What a Prometheus knows of its targets, and how the last scrape of each went. */
export async function prometheusTargets(
  url: string,
): Promise<{ scrapeUrl: string; health: string; lastError: string }[]> {
  const data = await get<{ activeTargets: { scrapeUrl: string; health: string; lastError: string }[] }>(
    `${url}/api/v1/targets?state=active`,
  );
  return data.activeTargets;
}

/** The type of each metric family that it scrapes, as its targets say it: `counter`, `gauge`, `histogram` … */
export async function scrapedTypes(url: string): Promise<ReadonlyMap<string, string>> {
  const data = await get<{ metric: string; type: string }[]>(`${url}/api/v1/targets/metadata`);
  return new Map(data.map(({ metric, type }) => [metric, type]));
}

async function get<Data>(url: string): Promise<Data> {
  const response = await fetch(url);
  const answer = (await response.json()) as { status: string; error?: string; data: Data };
  if (answer.status !== 'success') throw new Error(`Cannot query Prometheus: ${answer.error}`);
  return answer.data;
}
