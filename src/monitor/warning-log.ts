/** Where errors are said: `console`, pino and OpenTelemetry's `diag` fit. */
export interface WarningLog {
  warn(message: string): void;
}

const processWarnings: WarningLog = { warn: (message) => process.emitWarning(message, 'AgentVitalsWarning') };

/**
 * Says each kind of error once, so that what fails at every check or beat doesn't flood the log.
 *
 * @param log - Default: Node's process warnings, which go to standard error.
 * @returns Takes the kind, as a sentence's beginning, and the error. Never throws.
 */
export function sayOnce(log: WarningLog = processWarnings): (kind: string, error?: unknown) => void {
  const said = new Set<string>();
  return (kind, error) => {
    if (said.has(kind)) return;
    said.add(kind);
    try {
      log.warn(
        `agent-vitals/monitor: ${kind}${error === undefined ? '' : `: ${describe(error)}`} (said once)`,
      );
    } catch {
      // A log that throws cannot be told.
    }
  };
}

function describe(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } catch {
    return 'an error that cannot be shown';
  }
}
