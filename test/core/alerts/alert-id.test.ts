import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertId } from '../../../src/core/alerts/alert-id.ts';

/** FNV-1a as its draft has it, with numbers of any size. */
function fnv1a(bytes: Uint8Array): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, '0');
}

describe('the id of an alert', () => {
  it('is the FNV-1a hash of name, severity and subject', () => {
    // The draft's own vectors hold for the reference.
    expect(fnv1a(new Uint8Array())).toBe('cbf29ce484222325');
    expect(fnv1a(new TextEncoder().encode('foobar'))).toBe('85944171f73967e8');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (subject) => {
        const bytes = new TextEncoder().encode(`AgentOffline\0critical\0${subject}`);
        expect(alertId('AgentOffline', 'critical', subject)).toBe(fnv1a(bytes));
      }),
    );
  });

  it('stays what it is: links and silences have it', () => {
    expect(alertId('AgentOffline', 'critical', 'scraper-2')).toBe('5aefd70cc5f6faaf');
    expect(alertId('QueueDeep', 'warning', 'a')).not.toBe(alertId('QueueDeep', 'critical', 'a'));
  });
});
