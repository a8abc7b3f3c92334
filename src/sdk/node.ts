export type { PullAddress } from './node/pull-server.ts';
export type { VitalsOptions } from './node/settings.ts';
export { startVitals, type Vitals } from './node/start-vitals.ts';
