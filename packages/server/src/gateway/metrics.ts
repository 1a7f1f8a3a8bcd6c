import type { ErrorCode } from '@tidings/protocol'

/** What a gateway counts. Nothing here is called per receiver of an event. */
export interface GatewayMetrics {
  /** Sockets that are open now. */
  connections(open: number): void
  opened(): void
  /** A socket that was refused before it was served. */
  refusedConnection(code: ErrorCode): void
  closed(code: number): void
  /** An envelope that was read, by its type; types that are not known are one. */
  received(type: string): void
  /** An envelope that was answered with an error. */
  refused(code: ErrorCode): void
  /** Events times receivers, once per channel and turn. */
  delivered(deliveries: number): void
  /**
   * An event was written to its receivers, so long after it was accepted; once per event, whoever receives it.
   * Less than 0 where the clock of the process that accepted it is ahead.
   */
  deliveredAfter(ms: number): void
  slowReader(step: 'behind' | 'closed'): void
  /** Ephemeral things that were left out, for a slow reader or at a bound. */
  shed(kind: 'typing' | 'presence' | 'receipt', count: number): void
  /** Users whose presence has changed and is not noted yet. */
  presenceWaiting(users: number): void
  /** Channels that are followed now. */
  channelsFollowed(count: number): void
  /** Channels whose members pull now. */
  pulledChannels(count: number): void
  /** Heads told instead of events where members pull, once per channel and telling. */
  headsTold(heads: number): void
  /** A page, by the tier that answered. */
  backfill(tier: 'tail' | 'cache' | 'recent' | 'store'): void
  /** A page that this gateway did not have, for one or for all who wait: from what another had read, or the store. */
  pageRead(source: 'recent' | 'store'): void
  /** R12: events that no push brought and the store did; or a stretch that was skipped with `channel.head`. */
  repaired(events: number): void
  skipped(events: number): void
  reset(): void
  /** An answer whose connection is gone, or that was given before. */
  answerUnclaimed(): void
  /** R13: the lease ran out before it was renewed. */
  leaseLost(): void
}

const nothing = (): void => undefined

/** Counts nothing. */
export const NO_METRICS: GatewayMetrics = {
  connections: nothing,
  opened: nothing,
  refusedConnection: nothing,
  closed: nothing,
  received: nothing,
  refused: nothing,
  delivered: nothing,
  deliveredAfter: nothing,
  slowReader: nothing,
  shed: nothing,
  presenceWaiting: nothing,
  channelsFollowed: nothing,
  pulledChannels: nothing,
  headsTold: nothing,
  backfill: nothing,
  pageRead: nothing,
  repaired: nothing,
  skipped: nothing,
  reset: nothing,
  answerUnclaimed: nothing,
  leaseLost: nothing,
}
