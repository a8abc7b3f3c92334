import { fleet } from '../core/fleet.ts'; // ✗ noRestrictedImports
import { config } from '../processor/config.ts'; // ✗ noRestrictedImports
import { main } from '../cli/main.ts'; // ✗ noRestrictedImports
import { page } from '../web/page.ts'; // ✗ noRestrictedImports
import { agent } from '../sdk/agent.ts'; // ✗ noRestrictedImports
import { names } from '../contract/names.ts'; // ✗ noRestrictedImports
import { monitor } from '../monitor/index.ts'; // ✗ noRestrictedImports
import { detour } from './../core/fleet.ts'; // ✗ noRestrictedImports
export const used = [fleet, config, main, page, agent, names, monitor, detour];
