import { readFileSync } from 'node:fs'; // ✗ noRestrictedImports
import { parse } from 'yaml'; // ✗ noRestrictedImports
import { states } from '../core/states.ts'; // ✗ noRestrictedImports
export { names } from '@agent-vitals/contract'; // ✗ noRestrictedImports
export const now = Date.now(); // ✗ noRestrictedGlobals
export const elapsed = performance.now(); // ✗ noRestrictedGlobals
export const home = process.env.HOME; // ✗ noRestrictedGlobals noProcessEnv
export const bytes = Buffer.from('x'); // ✗ noRestrictedGlobals
export const hidden = globalThis.Date.now(); // ✗ noRestrictedGlobals
export const arguments_ = process.argv; // ✗ noRestrictedGlobals plugin
export const used = [readFileSync, parse, states];
