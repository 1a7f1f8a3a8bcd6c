/** One thing that a client does to a server, and what may come of it. */
export interface Attempt {
  /** For the coverage. */
  readonly kind: string
  readonly bytes: Buffer
  /** Envelopes that the server sends back, if the connection stays. */
  readonly answers: number
  /** Whether it ends the connection. `maybe`: if it does, an error says why. */
  readonly ends: 'never' | 'maybe' | 'must'
  /** True: the client says no more, and leaves. */
  readonly leaves?: boolean
  /** For the report of a failure. */
  readonly text?: string
}

export const text = (of: string): Buffer => Buffer.from(of)
