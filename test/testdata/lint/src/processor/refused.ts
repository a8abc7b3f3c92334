import { main } from '../cli/main.ts'; // ✗ noRestrictedImports
export const used = [main];
