import { setTimeout as delay } from 'node:timers/promises';
import { names } from '@agent-vitals/contract';
import { fleet } from '../core/fleet.ts';

export const used = [delay, names, fleet, Date.now()];
