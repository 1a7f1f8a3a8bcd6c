import { epochField, LIMITS, type RestReceipts } from '@tidings/protocol'
import type { EphemeralOut } from '../ephemeral/outbound.js'
import type { Directory } from '../ports/directory.js'
import type { Head, MessageStore } from '../ports/message-store.js'
import type { ReceiptKind, Receipts, Watermark } from '../ports/receipts.js'
import { receiptsOf } from '../receipts/listing.js'
import { validMark } from '../receipts/valid-mark.js'
import { type Actor, OperationError } from './actor.js'
import { readCursor } from './paging.js'
import {
  authorisedStill,
  authoriseInChannel,
  channelRecord,
  type StandingSources,
} from './standing.js'

export interface ReceiptOperationsOptions extends StandingSources {
  readonly directory: Directory
  readonly store: Pick<MessageStore, 'heads' | 'pages'>
  readonly ephemeral: Pick<EphemeralOut, 'send'>
  /** Left out: they are not served. */
  readonly receipts: Receipts | undefined
}

export interface ReceiptRequest {
  readonly kind: ReceiptKind
  readonly seq: number
  readonly epoch?: number | undefined
}

export interface ReceiptsRequest {
  readonly seq?: number | undefined
  readonly epoch?: number | undefined
  readonly cursor?: string | undefined
}

/** How far everybody is, for clients without a socket. */
export function createReceiptOperations(options: ReceiptOperationsOptions) {
  const { directory, store } = options

  function served(): Receipts {
    if (options.receipts !== undefined) return options.receipts
    throw new OperationError('unavailable', 'Receipts are not served here.')
  }

  async function headOf(channelId: string): Promise<Head | undefined> {
    const [head] = await store.heads([channelId])
    return head
  }

  return {
    /** P-91: it only rises; above the head it counts as the head. */
    async put(actor: Actor, channelId: string, request: ReceiptRequest): Promise<void> {
      if (actor.kind === 'server') {
        throw new OperationError('forbidden', 'A server key belongs to no user.')
      }
      await authoriseInChannel(options, actor, channelId, 'receipts.write')
      const [head, channel] = await Promise.all([
        headOf(channelId),
        channelRecord(options, channelId),
      ])
      const { kind, epoch: named = 1 } = request
      if (head === undefined || named > head.epoch) return
      const { epoch, seq } = validMark(head, {
        epoch: named,
        seq: Math.min(request.seq, head.headSeq),
        messageCount: 0,
      })
      if (seq === 0) return
      const [page] = await store.pages([
        { channelId, beforeSeq: seq + 1, direction: 'backward', limit: 1 },
      ])
      const messageCount = page?.events.at(-1)?.message_count ?? 0
      const rise = { kind, channelId, userId: actor.userId, epoch, seq, messageCount }
      await asked(served().raise([rise]))
      const ownOnly = channel.memberCount > LIMITS.receiptsMembersMax
      options.ephemeral.send({ kind: 'receipt', rise, ownOnly })
    },

    async list(actor: Actor, channelId: string, request: ReceiptsRequest): Promise<RestReceipts> {
      await authoriseInChannel(options, actor, channelId, 'receipts.read')
      const [head, { memberCount }] = await Promise.all([
        headOf(channelId),
        channelRecord(options, channelId),
      ])
      const { epoch = 1, seq } = request
      const numbering = head ?? { epoch: 1, epochs: [] }
      const valid = (mark: Watermark) => validMark(numbering, mark)
      const { cursor, ...page } = await receiptsOf(
        { receipts: available(served()), directory, valid },
        {
          channelId,
          memberCount,
          mark:
            seq === undefined ? undefined : validMark(numbering, { epoch, seq, messageCount: 0 }),
          after: readCursor(request.cursor),
        },
      )
      await authorisedStill(options, actor, channelId, 'receipts.read')
      return {
        channel_id: channelId,
        ...epochField(numbering.epoch),
        ...page,
        ...(cursor !== undefined && {
          next_cursor: Buffer.from(cursor, 'utf8').toString('base64url'),
        }),
      }
    },
  }
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    const message = 'Receipts cannot be read or stored now.'
    throw new OperationError('unavailable', message, { cause, retryAfterMs: 1_000 })
  }
}

/** The same, saying of failures what the caller may do. */
const available = (receipts: Receipts): Receipts => ({
  raise: (rises) => asked(receipts.raise(rises)),
  ofUser: (userId) => asked(receipts.ofUser(userId)),
  inChannel: (channelId, cursor) => asked(receipts.inChannel(channelId, cursor)),
  reached: (channelId, mark) => asked(receipts.reached(channelId, mark)),
})

export type ReceiptOperations = ReturnType<typeof createReceiptOperations>
