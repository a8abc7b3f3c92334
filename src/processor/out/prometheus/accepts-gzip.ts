/**
 * Says whether a client takes a body compressed by gzip (RFC 9110, section 12.5.3).
 *
 * @param acceptEncoding - The header `Accept-Encoding`; undefined where it was not sent.
 * @returns True when gzip, or anything at all, is named with a weight above 0.
 * @example
 * ```ts
 * acceptsGzip('br;q=1.0, gzip;q=0.8'); // true
 * acceptsGzip('*, gzip;q=0'); // false
 * ```
 */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const weights = new Map<string, number>();
  for (const item of (acceptEncoding ?? '').toLowerCase().split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(coding, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  const weight = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  return weight > 0;
}
