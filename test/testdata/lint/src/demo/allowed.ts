import { spawn } from 'node:child_process';
import { names } from '@agent-vitals/contract';
import { vitals } from '@agent-vitals/sdk';
import { start } from '@agent-vitals/sdk/node';
import { Monitor } from 'agent-vitals/monitor';
import { scenes } from './scenes.ts';

export const used = [spawn, names, vitals, start, Monitor, scenes, process.env.HOME, process.argv];
process.exit(1);
