/** Thrown when a request can't be understood; the message becomes the detail of a 400 problem. */
export class BadRequest extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadRequest';
  }
}
