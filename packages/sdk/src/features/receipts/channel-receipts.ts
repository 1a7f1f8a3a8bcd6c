import { epochField, epochOf, type ServerFrames } from '@tidings/protocol'
import { check, given, isCount } from '../../arguments.js'
import type { Connection } from '../../connection/port.js'
import type { Environment } from '../../environment/port.js'
import { TidingsError } from '../../errors.js'
import { createCell, type Readable } from '../readable.js'
import { cutAt, type Members, nobody, readersOf, stateAt, withMember, withPage } from './members.js'

/** A message, or the result of a send: never a bare number. */
export interface ReceiptTarget {
  readonly epoch: number
  readonly channelSeq: number
  /** Whose it is: nobody is counted as a reader of their own message. */
  readonly userId?: string | undefined
  /** With it the unread count follows at once. */
  readonly messageCount?: number | undefined
}

export interface ReceiptsSnapshot {
  /** Up to here this user has read, on any device; undefined until that is known. */
  readonly readSeq: number | undefined
  /** The others, by user id; empty in channels of more than 1,000 members: see `counts`. */
  readonly members: Members
  /** False while offline, and until the server has answered. */
  readonly isCurrent: boolean
}

/** Who has got and read how much of one channel. Subscribing is what asks the server for the others. */
export interface ChannelReceipts extends Readable<ReceiptsSnapshot> {
  /**
   * This user has read everything up to this message. Only rises, whatever the order of calls; said to
   * the server at most once per `intervalMs`, and again after a reconnect; the unread count follows.
   */
  read(message: ReceiptTarget): void
  /** How far a message has come with at least one of the other members. */
  stateOf(message: ReceiptTarget): 'sent' | 'delivered' | 'read'
  /** Which of the other members have read it. */
  seenBy(message: ReceiptTarget): readonly string[]
  /**
   * How many members have read it, and have it on a device; in channels of any size. Rejects with
   * `unavailable` while offline, `timeout`, `aborted`, `closed`, or what the server answers.
   */
  counts(
    message: ReceiptTarget,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<{ readonly read: number; readonly delivered: number }>
}

export interface ReceiptsHandle {
  readonly surface: ChannelReceipts
  connected(): void
  disconnected(): void
  update(frame: ServerFrames['receipt.update']): void
  /** The own mark moved. */
  ownMoved(): void
  left(userId: string): void
  reset(epoch: number, fromSeq: number): void
  removed(): void
  close(): void
}

export interface ReceiptsHandleParts {
  readonly channelId: string
  readonly connection: Connection
  readonly environment: Environment
  readonly userId: () => string | undefined
  readonly read: (message: ReceiptTarget) => void
  readonly readSeq: () => number | undefined
  /** The channel's messages are listened to while this handle is; returns the end of that. */
  readonly listen: () => () => void
}

/** How long it takes until the list is asked for anew after a failure, in milliseconds. */
export const RETRY_AFTER_MS = 5_000
/** Most pages that are read of one list (I7): twice what a server has. */
const PAGES_MAX = 10

export function createReceiptsHandle(parts: ReceiptsHandleParts): ReceiptsHandle {
  const { channelId, connection, environment, userId, read, readSeq, listen } = parts
  let members = nobody
  let epoch = 0
  let isCurrent = false
  let timer: unknown
  let endListen = (): void => {}
  let loading: AbortController | undefined

  const cell = createCell<ReceiptsSnapshot>(
    { readSeq: readSeq(), members, isCurrent },
    (isWatched) => {
      if (!isWatched) {
        endListen()
        stop()
        return
      }
      endListen = listen()
      if (!isCurrent) load()
    },
  )

  const show = (): void => {
    const { members: shown, readSeq: seq, isCurrent: was } = cell.getSnapshot()
    if (shown === members && seq === readSeq() && was === isCurrent) return
    cell.set({ readSeq: readSeq(), members, isCurrent })
  }

  const stop = (): void => {
    environment.clearTimer(timer)
    loading?.abort()
    loading = undefined
  }

  /** A newer epoch: what was known is void until the list was read again. */
  const renumbered = (next: number): void => {
    if (epoch !== 0) members = nobody
    epoch = next
  }

  const load = (): void => {
    stop()
    if (!connection.canSend) return
    const controller = new AbortController()
    loading = controller
    readPages(controller.signal).then(
      () => {
        if (loading !== controller) return
        isCurrent = true
        show()
      },
      (error: unknown) => {
        if (loading !== controller || !connection.canSend) return
        const { retryable, retryAfterMs = 0 } = TidingsError.from(error)
        if (retryable) timer = environment.setTimer(load, Math.max(RETRY_AFTER_MS, retryAfterMs))
      },
    )
  }

  const readPages = async (signal: AbortSignal): Promise<void> => {
    let cursor: string | undefined
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const fields = { ...(cursor !== undefined && { cursor }) }
      const answer = await ask(fields, signal, takePage)
      cursor = answer.cursor
      if (cursor === undefined) return
    }
  }

  const takePage = (page: ServerFrames['receipts.page']): void => {
    // Of another epoch than what came meanwhile: its numbers mean something else.
    if (epochOf(page) < epoch) throw new TidingsError('unavailable', 'Numbering started anew.')
    if (epochOf(page) > epoch) renumbered(epochOf(page))
    members = withPage(members, page.receipts)
    show()
  }

  const ask = async (
    fields: { cursor?: string; epoch?: number; seq?: number },
    signal: AbortSignal | undefined,
    take?: (page: ServerFrames['receipts.page']) => void,
  ): Promise<ServerFrames['receipts.page']> => {
    const answer = await connection.request(
      // `request` gives it the ref of its own.
      { type: 'receipts.request', ref: '', channel_id: channelId, ...fields },
      {
        signal,
        answered(page) {
          if (page.type === 'receipts.page') take?.(page)
        },
      },
    )
    if (answer.type === 'receipts.page') return answer
    throw new TidingsError('internal', `The answer was ${answer.type}.`)
  }

  const except = ({ userId: author }: ReceiptTarget): ReadonlySet<string> =>
    new Set([userId() ?? '', author ?? ''])

  return {
    surface: {
      getSnapshot: cell.getSnapshot,
      subscribe: cell.subscribe,
      read: (message) => read(targetOf(message)),
      stateOf: (message) => stateAt(members, targetOf(message).channelSeq, except(message)),
      seenBy: (message) => readersOf(members, targetOf(message).channelSeq, except(message)),
      async counts(message, options) {
        const { epoch: of, channelSeq } = targetOf(message)
        const { signal } = given(options)
        const answer = await ask({ ...epochField(of), seq: channelSeq }, signal)
        const { read_count, delivered_count } = answer
        return { read: read_count ?? 0, delivered: delivered_count ?? 0 }
      },
    },
    connected() {
      show()
      if (cell.isWatched) load()
    },
    disconnected() {
      stop()
      isCurrent = false
      show()
    },
    update(frame) {
      const { kind, user_id: whose, seq } = frame
      if (epochOf(frame) < epoch) return
      if (epochOf(frame) > epoch) {
        const isKnown = epoch !== 0
        renumbered(epochOf(frame))
        if (isKnown) {
          // What is void is read again: now, or by the next to listen.
          isCurrent = false
          if (cell.isWatched) load()
        }
      }
      members = withMember(
        members,
        whose,
        kind === 'read' ? { readSeq: seq } : { deliveredSeq: seq },
      )
      show()
    },
    ownMoved: show,
    left(whose) {
      if (!members.has(whose)) return
      members = new Map([...members].filter(([other]) => other !== whose))
      show()
    },
    reset(next, fromSeq) {
      if (next <= epoch) return
      epoch = next
      members = cutAt(members, fromSeq)
      show()
    },
    removed() {
      stop()
      members = nobody
      isCurrent = false
      show()
    },
    close() {
      endListen()
      stop()
      cell.close()
    },
  }
}

function targetOf(message: ReceiptTarget): ReceiptTarget {
  const isTarget = isCount(message?.epoch) && isCount(message.channelSeq)
  check('message', message, isTarget, 'one that was sent, or the result of a send')
  return message
}
