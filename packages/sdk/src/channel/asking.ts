import {
  type ClientFrame,
  epochField,
  epochOf,
  type ServerFrame,
  type ServerFrames,
} from '@tidings/protocol'
import type { TidingsError } from '../errors.js'
import type { Ask, GatePage } from '../gate/state.js'
import type { StreamEvent } from './items.js'
import { toCamel } from './names.js'

/** What the gate wants, on the wire. `ref` is the connection's to make. */
export const frameOf = (channelId: string, ask: Ask, limit: number): ClientFrame =>
  ask.kind === 'entry'
    ? { type: 'channels.list', channel_ids: [channelId] }
    : {
        type: 'backfill.request',
        ref: '',
        channel_id: channelId,
        ...epochField(ask.epoch),
        after_seq: ask.after,
        before_seq: ask.before,
        min_as_of_seq: ask.minAsOf,
        direction: 'forward',
        limit,
      }

/** A page as the gate judges it. */
export function gatePage(
  frame: ServerFrames['message.backfill'],
  events: readonly StreamEvent[],
  userId: string | undefined,
): GatePage<StreamEvent> {
  const [first] = events
  return {
    ...toCamel({ ...frame, messages: [] }),
    epoch: epochOf(frame),
    events,
    // Where this user joined, their history may begin.
    notVisible:
      first?.kind === 'member.joined' &&
      first.userId === userId &&
      first.channelSeq === frame.oldest_seq,
  }
}

/** The frame of an answer, if it is of the type that was asked for. */
export const answerOf = <T extends ServerFrame['type']>(
  frame: ServerFrame,
  type: T,
): ServerFrames[T] | undefined => (frame.type === type ? (frame as ServerFrames[T]) : undefined)

/** True if it is the refusal of what only members may ask. */
export const isOut = ({ code }: TidingsError): boolean =>
  code === 'not_in_channel' || code === 'channel_not_found'
