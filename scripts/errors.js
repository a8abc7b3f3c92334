/** Something that the user can put right: its message is shown alone, without a stack. */
export class CannotError extends Error {
  /** @override */
  name = 'CannotError';
}
