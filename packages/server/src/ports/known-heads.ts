/** How far a channel goes, as far as somebody knows. */
export interface KnownHead {
  readonly channelId: string
  readonly epoch: number
  readonly headSeq: number
  readonly oldestSeq: number
}

/**
 * Heads as they were last announced, for all gateways: so that the heads of all channels can be compared every ten
 * seconds (R12) without asking the store for each of them each time. What it says is durable in the store; it may be
 * behind, or know nothing, so every channel is compared with the store too, though more seldom.
 *
 * An adapter
 * - MUST answer what was raised when `raise` resolves, to every process, as long as it loses no data;
 * - MUST NOT go back: a lower epoch, or a lower number of the same epoch, changes nothing;
 * - MUST bound what it keeps (I7). Both calls may reject when its engine is away.
 */
export interface KnownHeads {
  /** Called after the write is durable, by the owner of the channel or by who has read it from the store. */
  raise(heads: readonly KnownHead[]): Promise<void>
  /** In the order asked; undefined where nothing is known. */
  read(channelIds: readonly string[]): Promise<readonly (KnownHead | undefined)[]>
}
