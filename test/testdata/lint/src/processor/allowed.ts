import { fleet } from '../core/fleet.ts';
import { rest } from './out/rest.ts';

export const used = [fleet, rest];
