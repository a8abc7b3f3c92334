/**
 * Two copies of `@opentelemetry/api` in one process: providers are registered on a global under the version of the
 * copy that registered them, and a copy that is newer than that sees none. Nothing fails, nothing arrives.
 */
import { diag } from '@opentelemetry/api';
import { builtin, hostProcess } from './host.ts';

/** As every copy writes it, `opentelemetry.js.api.<major>`. */
const globalKey = /^opentelemetry\.js\.api\.(\d+)$/;

/**
 * Called while our copy sees no MeterProvider: names the copy that has one, if there is one. Said on the process'
 * warning channel too, because our copy's `diag` is as cut off as its metrics.
 *
 * @returns Whether there was something to say.
 */
export function tellOfOtherApi(): boolean {
  const other = otherApi();
  if (other === undefined) return false;
  const own = ownApi();
  const message = `@agent-vitals/sdk sees no MeterProvider, but one is registered with another copy of @opentelemetry/api (version ${other}). This SDK loads version ${own.version ?? 'unknown'}${own.path === undefined ? '' : ` from ${own.path}`}. Nothing that agents say arrives until both are one: make the versions equal, and see "npm ls @opentelemetry/api"`;
  diag.error(message);
  if (hostProcess?.emitWarning === undefined) console.warn(message);
  else hostProcess.emitWarning(message, { code: 'AGENT_VITALS_API_COPIES' });
  return true;
}

/** The version under which a MeterProvider is registered; undefined where there is none at all. */
function otherApi(): string | undefined {
  for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
    if (!globalKey.test(symbol.description ?? '')) continue;
    const registered = (globalThis as Record<symbol, unknown>)[symbol] as
      | { version?: unknown; metrics?: unknown }
      | undefined;
    if (registered?.metrics !== undefined) return String(registered.version);
  }
  return undefined;
}

function ownApi(): { readonly version?: string; readonly path?: string } {
  try {
    const files = builtin('node:fs');
    let directory = new URL('.', import.meta.resolve('@opentelemetry/api'));
    while (directory.pathname !== '/') {
      const manifest = new URL('package.json', directory);
      if (files?.existsSync(manifest)) {
        const { name, version } = JSON.parse(files.readFileSync(manifest, 'utf8'));
        if (name === '@opentelemetry/api') return { version, path: decodeURIComponent(directory.pathname) };
      }
      directory = new URL('..', directory);
    }
  } catch {
    // Bundled, or not Node: the other copy's version alone has to do.
  }
  return {};
}
