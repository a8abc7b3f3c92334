import { names } from '@agent-vitals/contract';
import { score } from './health/score.ts';
import type { Fleet } from './fleet.ts';

export const judge = (fleet: Fleet, now: number) => Math.max(now, score(fleet, names));
