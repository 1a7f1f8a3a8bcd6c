import type { RateVerdict, RateWindow } from '../../ports/limits.js'

type Refusal = Extract<RateVerdict, { ok: false }>

/** Most keys that are remembered at once (I7); of more, Redis is asked. */
const KEYS_MAX = 50_000
/** Not longer: another process may have given back what it took for a moment. */
const REMEMBERED_MS = 250

/** Windows that were full a moment ago, so that a flood is refused without asking Redis each time. */
export class RefusedKeys {
  private readonly byKey = new Map<string, { readonly fullUntil: number; readonly askAt: number }>()

  constructor(private readonly now: () => number) {}

  add({ key, retryAfterMs }: Refusal): void {
    const now = this.now()
    this.byKey.delete(key)
    if (this.byKey.size >= KEYS_MAX) {
      const oldest = this.byKey.keys().next().value
      if (oldest !== undefined) this.byKey.delete(oldest)
    }
    this.byKey.set(key, {
      fullUntil: now + retryAfterMs,
      askAt: now + Math.min(retryAfterMs, REMEMBERED_MS),
    })
  }

  find(windows: readonly RateWindow[]): Refusal | undefined {
    if (this.byKey.size === 0) return undefined
    const now = this.now()
    for (const { key } of windows) {
      const known = this.byKey.get(key)
      if (known === undefined) continue
      if (now < known.askAt) {
        return { ok: false, key, retryAfterMs: Math.max(1, Math.ceil(known.fullUntil - now)) }
      }
      this.byKey.delete(key)
    }
    return undefined
  }
}
