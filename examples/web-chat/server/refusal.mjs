/** Why the chat does not start: one sentence of what is wrong, and one of what to do. */
export class Refusal extends Error {
  constructor(message, remedy) {
    super(message)
    this.remedy = remedy
  }
}
