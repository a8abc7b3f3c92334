import { readFileSync } from 'node:fs'; // ✗ noRestrictedImports
import { vitals } from '@agent-vitals/sdk'; // ✗ noRestrictedImports
import { Monitor } from 'agent-vitals/monitor'; // ✗ noRestrictedImports
import { score } from '../core/health.ts'; // ✗ noRestrictedImports
import { config } from '../processor/config.ts'; // ✗ noRestrictedImports
import { names } from '../contract/names.ts'; // ✗ noRestrictedImports
import { detour } from './../core/health.ts'; // ✗ noRestrictedImports
export const endpoint = process.env.ENDPOINT; // ✗ noProcessEnv
export const end = () => process.exit(1); // ✗ plugin
export const used = [readFileSync, vitals, Monitor, score, config, names, detour];
