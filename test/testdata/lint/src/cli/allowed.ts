import { parseArgs } from 'node:util';
import { names } from '@agent-vitals/contract';
import { app } from '../processor/app.ts';
import { usage } from './usage.ts';

export const used = [parseArgs, names, app, usage, process.env.HOME, process.argv];
process.exitCode = 1;
process.exit();
