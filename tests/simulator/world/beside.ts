import type { Client, Feature } from '@tidings/sdk'
import { type Presence, presence } from '@tidings/sdk/presence'
import { type Receipts, receipts } from '@tidings/sdk/receipts'
import { type Typing, typing } from '@tidings/sdk/typing'
import type { FeatureName } from '../plan/steps.js'

/** A client with those features that its application gave it. */
export type WorldClient = Client & {
  readonly presence?: Presence
  readonly typing?: Typing
  readonly receipts?: Receipts
}

const FEATURES: Readonly<Record<FeatureName, () => Feature>> = {
  // no page of a world has anybody at it: statuses are set
  presence: () => presence({ watchActivity: () => undefined }),
  typing: () => typing(),
  receipts: () => receipts(),
}

export const featuresOf = (names: readonly FeatureName[]): readonly Feature[] =>
  names.map((name) => FEATURES[name]())

/** What of a channel an application looks at, beside its messages. */
export class Watching {
  readonly #ends = new Map<string, () => void>()

  constructor(
    private readonly client: WorldClient,
    /** A mark that was shown is lower than it was. */
    private readonly onLowered: (channelId: string, of: string) => void,
  ) {}

  has(channelId: string, what: FeatureName): boolean {
    return this.#ends.has(`${what} ${channelId}`)
  }

  begin(channelId: string, what: FeatureName): void {
    const key = `${what} ${channelId}`
    if (this.client[what] === undefined || this.#ends.has(key)) return
    this.#ends.set(key, this.#listen(channelId, what))
  }

  end(channelId: string, what: FeatureName): void {
    const key = `${what} ${channelId}`
    this.#ends.get(key)?.()
    this.#ends.delete(key)
  }

  #listen(channelId: string, what: FeatureName): () => void {
    const { receipts } = this.client
    if (what !== 'receipts') return this.client[what]?.in(channelId).subscribe(noop) ?? noop
    if (receipts === undefined) return noop
    const handle = receipts.in(channelId)
    let before = handle.getSnapshot().members
    return handle.subscribe(() => {
      const { members } = handle.getSnapshot()
      for (const [userId, { readSeq, deliveredSeq }] of members) {
        const known = before.get(userId)
        if (known === undefined) continue
        if (readSeq < known.readSeq) this.onLowered(channelId, `read by ${userId}`)
        if (deliveredSeq < known.deliveredSeq) this.onLowered(channelId, `delivered to ${userId}`)
      }
      before = members
    })
  }
}

const noop = (): void => undefined
