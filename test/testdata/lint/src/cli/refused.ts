import { vitals } from '@agent-vitals/sdk'; // ✗ noRestrictedImports
import { node } from '@agent-vitals/sdk/node'; // ✗ noRestrictedImports
import { Monitor } from 'agent-vitals/monitor'; // ✗ noRestrictedImports
import { up } from 'agent-vitals'; // ✗ noRestrictedImports
import { agent } from '../sdk/agent.ts'; // ✗ noRestrictedImports
import { fleet } from '../core/fleet.ts'; // ✗ noRestrictedImports
import { monitor } from '../monitor/index.ts'; // ✗ noRestrictedImports
import { page } from '../web/page.ts'; // ✗ noRestrictedImports
import { demo } from '../demo/main.ts'; // ✗ noRestrictedImports
import { names } from '../contract/names.ts'; // ✗ noRestrictedImports
export const used = [vitals, node, Monitor, up, agent, fleet, monitor, page, demo, names];
