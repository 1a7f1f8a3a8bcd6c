import type { OpaqueEvent, StreamEvent } from '@tidings/sdk'
import type { World } from '../run/world.js'
import type { Life, ToldChannel } from '../world/life.js'
import { type Event, identityOf } from './stored.js'

type Known = Exclude<StreamEvent, OpaqueEvent>

const SKIP_MIN = 400

/** I9: each event once, in order, without a hole, or with an explicit gap; and the same as stored (I2). */
export function checkTold(world: World, life: Life): void {
  for (const [channelId, told] of life.told) checkChannel(world, life, channelId, told)
}

function checkChannel(world: World, life: Life, channelId: string, told: ToldChannel): void {
  const { violations } = world
  const where = `${life.name} ${channelId}`
  let position: number | undefined
  /** Up to here somebody listened, before a time when nobody did. */
  let heard = 0
  let epoch = 1
  let messages = 0
  for (const [index, item] of told.items.entries()) {
    if (item.kind === 'sync') continue
    if (item.kind === 'listening') {
      heard = Math.max(heard, position ?? 0)
      position = undefined
      continue
    }
    if (item.kind === 'reset') {
      epoch = item.reset.epoch
      if (position !== undefined) position = Math.min(position, item.reset.fromSeq)
      heard = Math.min(heard, item.reset.fromSeq)
      continue
    }
    const fromSeq = item.kind === 'gap' ? item.gap.fromSeq : item.event.channelSeq
    const toSeq = item.kind === 'gap' ? item.gap.toSeq : fromSeq
    // what was void meanwhile was told of to nobody; a gap is in the numbering of the event behind it
    const numbered = told.items.slice(index).find(({ kind }) => kind !== 'gap' && kind !== 'sync')
    const isNewEpoch = numbered?.kind === 'event' && numbered.event.epoch > epoch
    if (isNewEpoch) heard = Math.min(heard, fromSeq - 1)
    if (position === undefined && fromSeq <= heard) {
      violations.add('I9', 'an event was told twice', `${where}: ${fromSeq}, heard up to ${heard}`)
    }
    if (position !== undefined && fromSeq !== position + 1) {
      const rule = fromSeq <= position ? 'an event was told twice' : 'an event was left out'
      violations.add('I9', rule, `${where}: ${fromSeq} after ${position}`)
    }
    position = toSeq
    if (item.kind === 'gap') checkGap(world, life, channelId, item.gap)
    else {
      if (item.event.epoch > epoch) epoch = item.event.epoch
      checkEvent(world, channelId, item.event, where)
      if (item.event.kind === 'message') messages += 1
    }
  }
  if (messages !== told.messages.length) {
    violations.add('I9', 'messages were not told as their events were', where)
  }
}

function checkEvent(world: World, channelId: string, event: StreamEvent, where: string): void {
  if (event.kind === 'hidden') return
  if (event.kind === 'unknown') {
    world.violations.add('I9', 'an event was not understood', `${where}: ${event.channelSeq}`)
    return
  }
  const known = world.stored.everAt(channelId, event.epoch, event.channelSeq)
  const told = identityOf(wireOf(event as Known))
  if (known !== told) {
    world.violations.add(
      'I2',
      'a client was told another event than is stored',
      `${where}: ${told}, stored is ${known}`,
    )
  }
}

/** The fields that say what an event is, under their names on the wire. */
function wireOf(event: Known): Event {
  const { kind, epoch, channelSeq, userId, clientMsgId, sentAt } = event
  return {
    type: kind === 'message' ? 'message.new' : kind,
    epoch,
    channel_seq: channelSeq,
    user_id: userId,
    client_msg_id: clientMsgId,
    ts: sentAt,
    ...(kind === 'message' && { message_id: event.messageId }),
  } as unknown as Event
}

/** A gap must have a reason that is true. */
function checkGap(
  world: World,
  life: Life,
  channelId: string,
  { fromSeq, toSeq, reason }: { fromSeq: number; toSeq: number; reason: string },
): void {
  const { hadLimits } = world.access.of(channelId, life.userId)
  // nothing expires here: what cannot be had any more was never theirs to see
  const isTrue = reason === 'skipped' ? toSeq - fromSeq + 1 >= SKIP_MIN : hadLimits
  if (isTrue) return
  world.violations.add(
    'I9',
    `a gap that is ${reason} has no reason`,
    `${life.name} ${channelId}: ${fromSeq}…${toSeq}`,
  )
}
