/** Thrown when the command line can't be understood; the message says what was meant or what is allowed. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
