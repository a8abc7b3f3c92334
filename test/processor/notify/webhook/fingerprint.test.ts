import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../../src/processor/notify/webhook/fingerprint.ts';

describe('fingerprintOf', () => {
  // That it is Alertmanager's own is shown with a real one: test/e2e/alertmanager.test.ts.
  it('is FNV-1a over the sorted labels', () => {
    expect(fingerprintOf({})).toBe('cbf29ce484222325');
    expect(fingerprintOf({ alertname: 'Watchdog' })).toBe('003b0a0f7d3fa569');
    expect(fingerprintOf({ b: '2', a: 'ü' })).toBe(fingerprintOf({ a: 'ü', b: '2' }));
    expect(fingerprintOf({ ab: 'c' })).not.toBe(fingerprintOf({ a: 'bc' }));
  });
});
