import express from 'express'; // ✗ noRestrictedImports
import { parse } from 'yaml'; // ✗ noRestrictedImports
import { Monitor } from 'agent-vitals/monitor'; // ✗ noRestrictedImports
import { up } from 'agent-vitals'; // ✗ noRestrictedImports
import { lease } from '../core/lease.ts'; // ✗ noRestrictedImports
import { config } from '../processor/config.ts'; // ✗ noRestrictedImports
import { main } from '../cli/main.ts'; // ✗ noRestrictedImports
import { page } from '../web/page.ts'; // ✗ noRestrictedImports
import { demo } from '../demo/main.ts'; // ✗ noRestrictedImports
import { monitor } from '../monitor/index.ts'; // ✗ noRestrictedImports
import { names } from '../contract/names.ts'; // ✗ noRestrictedImports
import { detour } from './../core/lease.ts'; // ✗ noRestrictedImports
export const endpoint = process.env.ENDPOINT; // ✗ noProcessEnv
export const end = () => process.exit(1); // ✗ plugin
export const used = [express, parse, Monitor, up, lease, config, main, page, demo, monitor, names, detour];
