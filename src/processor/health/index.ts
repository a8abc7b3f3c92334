export { createHealth, type Health, type HealthOptions } from './health.ts';
export { HealthSampler } from './health-sampler.ts';
export {
  agentsListed,
  defaultSessionRequest,
  mostAgentsListed,
  type SessionRequest,
  SessionService,
} from './session-service.ts';
export { SessionVerdicts } from './session-verdicts.ts';
export { SystemService } from './system-service.ts';
