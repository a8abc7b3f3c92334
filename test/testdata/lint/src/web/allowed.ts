import type { AgentStatus } from '@agent-vitals/contract';
import { draw } from './draw.ts';

export const show = (status: AgentStatus) => draw(status, Date.now());
