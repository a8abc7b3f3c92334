import { readFileSync } from 'node:fs'; // ✗ noRestrictedImports
import { parse } from 'yaml'; // ✗ noRestrictedImports
import { vitals } from '@agent-vitals/sdk'; // ✗ noRestrictedImports
import { names } from '../contract/names.ts'; // ✗ noRestrictedImports
import type { Receiver } from '../processor/otlp/receiver.ts'; // ✗ noRestrictedImports
import { receive } from './../processor/otlp/receiver.ts'; // ✗ noRestrictedImports
import { detour } from './health/../../processor/config.ts'; // ✗ noRestrictedImports
export { other } from 'agent-vitals/monitor'; // ✗ noRestrictedImports
export const later = import('node:path'); // ✗ noRestrictedImports
export const now = Date.now(); // ✗ noRestrictedGlobals
export const today = new Date(); // ✗ noRestrictedGlobals
export const elapsed = performance.now(); // ✗ noRestrictedGlobals
export const timer = setTimeout(() => {}, 1); // ✗ noRestrictedGlobals
export const ticker = setInterval(() => {}, 1); // ✗ noRestrictedGlobals
export const next = setImmediate(() => {}); // ✗ noRestrictedGlobals
export const pid = process.pid; // ✗ noRestrictedGlobals
export const home = process.env.HOME; // ✗ noRestrictedGlobals noProcessEnv
export const end = () => process.exit(1); // ✗ noRestrictedGlobals plugin
export const answer = fetch('http://127.0.0.1/'); // ✗ noRestrictedGlobals
export const id = crypto.randomUUID(); // ✗ noRestrictedGlobals
export const luck = Math.random(); // ✗ plugin
export const bytes = Buffer.from('x'); // ✗ noRestrictedGlobals
export const print = () => console.log('x'); // ✗ noRestrictedGlobals
export const hidden = globalThis.Date.now(); // ✗ noRestrictedGlobals
export const used = [readFileSync, parse, vitals, names, receive, detour];
export type Used = Receiver;
