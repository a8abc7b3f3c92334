import { config } from '../../processor/config.ts'; // ✗ noRestrictedImports
import { rest } from '../processor/rest.ts'; // ✗ noRestrictedImports
export const used = [config, rest, Date.now()]; // ✗ noRestrictedGlobals
