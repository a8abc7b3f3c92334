import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** What a machine says of time, whatever happens to its wall clock. */
export interface MachineTime {
  /** Tells one boot of a machine from every other; null where the system has none. */
  readonly bootId: string | null;
  /** Milliseconds since that boot, those asleep among them. */
  readonly uptimeMs: number;
}

let bootId: string | null | undefined;

/**
 * The time since this machine's boot. Linux names its boots; elsewhere none is known.
 *
 * @example
 * ```ts
 * const { bootId, uptimeMs } = machineTime(); // '3b1e…', 86_400_000
 * ```
 */
export function machineTime(): MachineTime {
  bootId ??= readBootId();
  return { bootId, uptimeMs: uptime() * 1000 };
}

function readBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || null;
  } catch {
    // Another system, or a sandbox.
    return null;
  }
}
