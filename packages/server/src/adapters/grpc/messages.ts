import type { ChannelEvent, ErrorCode } from '@tidings/protocol'
import type { OutboxEntry } from '../../ports/directory.js'
import type { Answer, ChannelPush, PushBatch, PushedEvent } from '../../ports/push.js'
import type { CommandResult } from '../../stream/command.js'
import type { RequestContext } from '../../stream/request-context.js'
import { ephemeralFromWire, ephemeralToWire } from './ephemeral.js'
import type * as wire from './generated/tidings/bus/v1/bus.js'

/** A batch as it goes over the wire, without its number. The JSON of an event becomes bytes, and is not read. */
export function toWire(batch: PushBatch): Omit<wire.PushEventsRequest, 'number'> {
  const { outbox } = batch
  return {
    channels: batch.channels.map((channel) => ({
      channelId: channel.channelId,
      epoch: channel.epoch,
      fromSeq: channel.fromSeq,
      headSeq: channel.headSeq,
      messageCount: channel.messageCount,
      oldestSeq: channel.oldestSeq,
      events: channel.events.map(({ json }) => Buffer.from(json)),
      ...requestsToWire(channel.events),
    })),
    answers: batch.answers.map(answerToWire),
    outbox: outbox && {
      processId: outbox.processId,
      entries: outbox.entries.map((entry) => Buffer.from(JSON.stringify(entry))),
    },
    ephemeral: batch.ephemeral?.map(ephemeralToWire) ?? [],
  }
}

/** The batch of a message. Throws for one that no process of ours makes. */
export function fromWire(message: wire.PushEventsRequest): PushBatch {
  const { outbox } = message
  const ephemeral = message.ephemeral.flatMap(ephemeralFromWire)
  return {
    channels: message.channels.map(channelFromWire),
    answers: message.answers.map(answerFromWire),
    ...(outbox !== undefined && {
      outbox: {
        processId: outbox.processId,
        entries: outbox.entries.map((entry) => JSON.parse(entry.toString()) as OutboxEntry),
      },
    }),
    ...(ephemeral.length > 0 && { ephemeral }),
  }
}

/** Texts pass through as they are: nobody reads them but who writes a log line. */
function requestsToWire(
  events: readonly PushedEvent[],
): Pick<wire.ChannelPush, 'requestIds' | 'traces'> {
  if (events.every(({ request }) => request === undefined)) return NO_REQUESTS
  return {
    requestIds: events.map(({ request }) => request?.requestId ?? ''),
    traces: events.map(({ request }) => request?.trace ?? ''),
  }
}

const NO_REQUESTS = { requestIds: [], traces: [] }

function channelFromWire({ events, requestIds, traces, ...head }: wire.ChannelPush): ChannelPush {
  return {
    ...head,
    events: events.map((bytes, i) => eventFromWire(bytes, requestIds[i], traces[i])),
  }
}

function requestFromWire(requestId = '', trace = ''): RequestContext | undefined {
  if (requestId === '') return undefined
  return trace === '' ? { requestId } : { requestId, trace }
}

/** Events that nobody here follows are never read. */
function eventFromWire(
  bytes: Buffer,
  requestId: string | undefined,
  trace: string | undefined,
): PushedEvent {
  const json = bytes.toString()
  const request = requestFromWire(requestId, trace)
  let event: ChannelEvent | undefined
  return {
    get event() {
      event ??= JSON.parse(json) as ChannelEvent
      return event
    },
    json,
    ...(request !== undefined && { request }),
  }
}

function answerToWire(answer: Answer): wire.Answer {
  return {
    processId: answer.origin.processId,
    replyTo: answer.origin.replyTo,
    channelId: answer.id.channelId,
    userId: answer.id.userId,
    clientMsgId: answer.id.clientMsgId,
    deduplicated: answer.deduplicated,
    result: resultToWire(answer.result),
    requestId: answer.requestId ?? '',
    trace: answer.trace ?? '',
  }
}

function resultToWire(result: CommandResult): wire.Answer['result'] {
  switch (result.status) {
    case 'accepted': {
      const { epoch, channelSeq, messageId, ts } = result
      return { $case: 'accepted', accepted: { epoch, channelSeq, messageId, ts } }
    }
    case 'noop': {
      const { epoch, messageId, ts } = result
      return { $case: 'noop', noop: { epoch, messageId, ts } }
    }
    case 'rejected':
      return { $case: 'rejected', rejected: { code: result.code, message: result.message } }
  }
}

function answerFromWire(answer: wire.Answer): Answer {
  const { processId, replyTo, channelId, userId, clientMsgId, deduplicated } = answer
  return {
    origin: { processId, replyTo },
    id: { channelId, userId, clientMsgId },
    result: resultFromWire(answer.result),
    deduplicated,
    ...(answer.requestId !== '' && { requestId: answer.requestId }),
    ...(answer.trace !== '' && { trace: answer.trace }),
  }
}

function resultFromWire(result: wire.Answer['result']): CommandResult {
  switch (result?.$case) {
    case 'accepted':
      return { status: 'accepted', ...result.accepted }
    case 'noop':
      return { status: 'noop', ...result.noop }
    case 'rejected': {
      const { code, message } = result.rejected
      return { status: 'rejected', code: code as ErrorCode, message }
    }
    default:
      throw new Error('An answer came without a result.')
  }
}
