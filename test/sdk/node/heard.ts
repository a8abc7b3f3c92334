import { DiagLogLevel, diag } from '@opentelemetry/api';
import { onTestFinished } from 'vitest';

/** What OpenTelemetry's `diag` is told until the end of the test. */
export interface Heard {
  readonly warnings: string[];
  readonly errors: string[];
  readonly all: string[];
}

export function heard(): Heard {
  const said: Heard = { warnings: [], errors: [], all: [] };
  const into =
    (list: string[] | undefined) =>
    (message: string, ...more: unknown[]) => {
      const line = [message, ...more].join(' ');
      said.all.push(line);
      list?.push(line);
    };
  diag.setLogger(
    {
      error: into(said.errors),
      warn: into(said.warnings),
      info: into(undefined),
      debug: () => {},
      verbose: () => {},
    },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  );
  onTestFinished(() => diag.disable());
  return said;
}
