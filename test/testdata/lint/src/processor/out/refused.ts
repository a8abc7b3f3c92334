import { vitals } from '@agent-vitals/sdk'; // ✗ noRestrictedImports
import { node } from '@agent-vitals/sdk/node'; // ✗ noRestrictedImports
import { Monitor } from 'agent-vitals/monitor'; // ✗ noRestrictedImports
import { up } from 'agent-vitals'; // ✗ noRestrictedImports
import { agent } from '../../sdk/agent.ts'; // ✗ noRestrictedImports
import { main } from '../../cli/main.ts'; // ✗ noRestrictedImports
import { demo } from '../../demo/main.ts'; // ✗ noRestrictedImports
import { page } from '../../web/page.ts'; // ✗ noRestrictedImports
import { monitor } from '../../monitor/index.ts'; // ✗ noRestrictedImports
import { names } from '../../contract/names.ts'; // ✗ noRestrictedImports
export const endpoint = process.env.ENDPOINT; // ✗ noProcessEnv
export const arguments_ = process.argv.slice(2); // ✗ plugin
export function end(): never {
  process.exitCode = 1; // ✗ plugin
  process.abort(); // ✗ plugin
  process.exit(1); // ✗ plugin
}
export const used = [vitals, node, Monitor, up, agent, main, demo, page, monitor, names];
