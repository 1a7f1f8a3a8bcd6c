import type { ServerFrame } from '@tidings/protocol'

const KEPT_MAX = 64

/** What a text on the wire holds: one envelope, or several. */
export function envelopesOf<T>(text: string): readonly T[] {
  const parsed: unknown = JSON.parse(text)
  return (Array.isArray(parsed) ? parsed : [parsed]) as T[]
}

/** The same of a server's texts: one of them goes to many, and is read once. */
export class ServerEnvelopes {
  readonly #kept = new Map<string, readonly ServerFrame[]>()

  of(text: string): readonly ServerFrame[] {
    const known = this.#kept.get(text)
    if (known !== undefined) return known
    const envelopes = envelopesOf<ServerFrame>(text)
    if (this.#kept.size > KEPT_MAX) this.#kept.clear()
    this.#kept.set(text, envelopes)
    return envelopes
  }
}
