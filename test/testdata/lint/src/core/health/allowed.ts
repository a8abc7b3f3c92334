import { fleet } from '../fleet.ts';
import { score } from './score.ts';

export const used = [fleet, score];
