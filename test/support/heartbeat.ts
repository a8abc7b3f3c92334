/** One heartbeat as a delta of 1, as a shell script would send it: for `fetch` to `/v1/metrics`. */
export function heartbeat(id: string): RequestInit & { headers: Record<string, string> } {
  const attributes = [{ key: 'vitals.agent.id', value: { stringValue: id } }];
  const dataPoints = [{ asInt: '1', timeUnixNano: `${Date.now()}000000`, attributes }];
  const sum = { aggregationTemporality: 1, isMonotonic: true, dataPoints };
  const scopeMetrics = [{ metrics: [{ name: 'vitals.agent.heartbeats', sum }] }];
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ scopeMetrics }] }),
  };
}
