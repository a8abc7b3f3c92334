import { states } from './states.ts';

/** A field may be called like a global. */
export interface Point {
  readonly Date: string;
  readonly process: { readonly pid: number };
}
export const used = [states, (point: Point) => [point.Date, point.process.pid]];
