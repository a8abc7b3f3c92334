import { vitals } from '@agent-vitals/sdk'; // ✗ noRestrictedImports
import { node } from '@agent-vitals/sdk/node'; // ✗ noRestrictedImports
import { self } from 'agent-vitals/monitor'; // ✗ noRestrictedImports
import { up } from 'agent-vitals'; // ✗ noRestrictedImports
import { agent } from '../sdk/agent.ts'; // ✗ noRestrictedImports
import { config } from '../processor/config.ts'; // ✗ noRestrictedImports
import { main } from '../cli/main.ts'; // ✗ noRestrictedImports
import { page } from '../web/page.ts'; // ✗ noRestrictedImports
import { demo } from '../demo/main.ts'; // ✗ noRestrictedImports
import { names } from '../contract/names.ts'; // ✗ noRestrictedImports
export const endpoint = process.env.ENDPOINT; // ✗ noProcessEnv
export const end = () => process.exit(1); // ✗ plugin
export const used = [vitals, node, self, up, agent, config, main, page, demo, names];
