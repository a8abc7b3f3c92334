/** How an agent counts for its way in. */
export const uncounted = 0;
/** It has a lease that runs, and is on time. */
export const onTime = 1;
/** It is late. */
export const late = 2;
/** It is unknown since the processor's start. */
export const unheard = 3;
export type Standing = 0 | 1 | 2 | 3;
