/** What the process ends with. */
export const ExitCode = {
  /** Done, or stopped as asked. */
  done: 0,
  /** The configuration or the start failed. */
  failed: 1,
  /** The command line can't be understood. */
  usage: 2,
} as const;
