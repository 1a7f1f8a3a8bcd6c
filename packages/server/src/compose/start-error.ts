/** A process cannot start: what is wrong in `message`, what to do in `remedy`. */
export class StartError extends Error {
  override readonly name = 'StartError'
  constructor(
    message: string,
    readonly remedy: string,
    cause?: unknown,
  ) {
    super(message, { cause })
  }
}

/** Whatever an adapter says when it refuses, in the one form. A mistake of ours stays what it is. */
export function startErrorOf(error: unknown, remedy: string): unknown {
  if (!(error instanceof Error) || error.name === 'TypeError' || 'remedy' in error) return error
  return new StartError(error.message, remedy, error)
}
