import { isId, type RestHistory, type RestSent } from '@tidings/protocol'
import { check, given, isCount } from '../arguments.js'
import type { Message, MessageRef, StreamEvent } from '../channel/items.js'
import { type Camel, toCamel, toSnake } from '../channel/names.js'
import { readEvent } from '../channel/read-event.js'
import { guardEvent } from '../connection/guard.js'
import type { Environment } from '../environment/port.js'
import { uuidv7 } from '../outbox/uuid.js'
import type { Call, CallOptions, Transport } from './transport.js'

export interface CommandOptions extends CallOptions {
  /**
   * Names the command: the same one again, within 7 days, has no second effect (I3).
   * @default made for each call, and kept over its retries
   */
  readonly clientMsgId?: string | undefined
  /** As whom; only with a server key. */
  readonly userId?: string | undefined
}

export interface SendOptions extends CommandOptions {
  readonly replyTo?: Message['replyTo']
  readonly attachments?: Message['attachments']
  /** A JSON object of the application, at most 4 KiB. */
  readonly metadata?: Message['metadata']
}

/** How a command ended; `noop`: there was nothing to change, and it took no number. */
export type RestResult = Camel<Omit<RestSent, 'ts'>> & { readonly sentAt: number }

export interface RestHistoryOptions extends CallOptions {
  readonly before?: number | undefined
  readonly after?: number | undefined
  readonly around?: number | undefined
  /** Unix milliseconds: begins with the first event accepted at or after it. */
  readonly fromTime?: number | undefined
  /** Leave out what is not a message. */
  readonly only?: 'messages' | undefined
  /** 1 to 100. @default 50 */
  readonly limit?: number | undefined
}

/** A page of a channel's stream, ascending; it covers every number from `oldestSeq` to `newestSeq`. */
export interface RestHistoryPage {
  readonly items: readonly StreamEvent[]
  readonly oldestSeq: number
  readonly newestSeq: number
  readonly headSeq: number
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  /** The page below this one; undefined where there is none. */
  older(): Promise<RestHistoryPage | undefined>
  /** The page above this one; undefined where there is none. */
  newer(): Promise<RestHistoryPage | undefined>
}

/** A message, the result of a send, or anything else that names one by number and id. */
export type RestTarget = { readonly channelId: string } & Omit<MessageRef, 'epoch'> & {
    readonly epoch?: number | undefined
  }

/** Sending, changing and reading messages. What is answered is durable. */
export function restMessages(transport: Transport, environment: Environment) {
  const command = async (
    call: Omit<Call, 'idempotent' | 'signal'>,
    options: CommandOptions | undefined,
    fields: object,
  ): Promise<RestResult> => {
    const { clientMsgId = uuidv7(environment), userId, signal } = given(options)
    const named = toSnake({ ...fields, clientMsgId, userId }) as Record<string, string>
    const place = call.method === 'POST' || call.method === 'PATCH' ? 'body' : 'query'
    // One id for all tries: that is what makes trying again harmless.
    const made = { ...call, [place]: named, idempotent: true, signal }
    const { ts: sentAt, ...sent } = await transport<RestSent>(made)
    return { ...toCamel(sent), sentAt }
  }

  const change = async (
    method: Call['method'],
    target: RestTarget,
    more: readonly string[],
    options: CommandOptions | undefined,
    fields?: object,
  ): Promise<RestResult> => {
    const { channelId, channelSeq, messageId, epoch } = target ?? {}
    const isTarget = isId(channelId) && isCount(channelSeq) && isId(messageId)
    check('message', target, isTarget, 'one that was sent, or what has its number and id')
    const path = ['channels', channelId, 'messages', channelSeq, ...more]
    const naming = { messageId, epoch: epoch === 1 ? undefined : epoch }
    return command({ method, path }, options, { ...naming, ...fields })
  }

  const history = async (
    channelId: string,
    historyOptions?: RestHistoryOptions,
  ): Promise<RestHistoryPage> => {
    const { signal, ...options } = given(historyOptions)
    const page = await transport<RestHistory>({
      method: 'GET',
      path: ['channels', channelId, 'messages'],
      query: toSnake(options) as Record<string, string>,
      idempotent: true,
      signal,
    })
    const { only, limit } = options
    const events = page.messages.map(guardEvent).filter((event) => event !== undefined)
    return {
      items: events.map(readEvent),
      oldestSeq: page.from_seq,
      newestSeq: page.to_seq,
      headSeq: page.head_seq,
      hasOlder: page.has_older,
      hasNewer: page.has_newer,
      older: async () =>
        page.has_older
          ? history(channelId, { only, limit, signal, before: page.from_seq })
          : undefined,
      newer: async () =>
        page.has_newer
          ? history(channelId, { only, limit, signal, after: page.to_seq })
          : undefined,
    }
  }

  return {
    /** Sends a message. */
    async send(channelId: string, text: string, options?: SendOptions): Promise<RestResult> {
      const { replyTo, attachments, metadata, ...rest } = given(options)
      const path = ['channels', channelId, 'messages']
      return command({ method: 'POST', path }, rest, { text, replyTo, attachments, metadata })
    },
    /** Changes the text of a message. */
    edit: (target: RestTarget, text: string, options?: CommandOptions) =>
      change('PATCH', target, [], options, { text }),
    /** Deletes a message, for everybody. */
    delete: (target: RestTarget, options?: CommandOptions) => change('DELETE', target, [], options),
    /** Adds an emoji to a message. */
    react: (target: RestTarget, emoji: string, options?: CommandOptions) =>
      change('PUT', target, ['reactions', emoji], options),
    /** Takes one's own emoji back. */
    unreact: (target: RestTarget, emoji: string, options?: CommandOptions) =>
      change('DELETE', target, ['reactions', emoji], options),
    /** One page of a channel; without a place, its newest. */
    history,
  }
}
