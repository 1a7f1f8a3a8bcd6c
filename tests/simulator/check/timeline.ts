import type { Message } from '@tidings/sdk'
import { channelName } from '../run/names.js'
import type { World } from '../run/world.js'
import type { Life } from '../world/life.js'
import { type Content, contentAt, difference } from './content.js'
import { identityOf } from './stored.js'

/** What is shown now is what is stored: every message once, in order, with its content of today (I5, I9). */
export function checkTimeline(world: World, life: Life): void {
  for (const index of world.setting.channels.keys()) {
    const channelId = channelName(index)
    const told = life.told.get(channelId)
    if (told?.isOpen !== true || life.channel(channelId).state !== 'live') continue
    checkChannel(world, life, channelId)
  }
}

function checkChannel(world: World, life: Life, channelId: string): void {
  const { violations, stored } = world
  const channel = stored.channel(channelId)
  const where = `${life.name} ${channelId}`
  const { items } = life.channel(channelId).timeline.getSnapshot()
  const shown = new Map<number, Message>()
  const gaps: { fromSeq: number; toSeq: number }[] = []
  const keys = new Set<string>()
  let last = 0
  for (const item of items) {
    if (keys.has(item.key)) violations.add('I9', 'an item is shown twice', `${where}: ${item.key}`)
    keys.add(item.key)
    if (item.kind === 'gap') {
      gaps.push(item)
      last = item.toSeq
      continue
    }
    if (item.status === 'pending') {
      violations.add('I9', 'a message is shown as pending that is not', `${where}: ${item.text}`)
    }
    if (item.status !== 'sent') continue
    if (item.channelSeq <= last) {
      violations.add(
        'I9',
        'messages are not shown in order',
        `${where}: ${item.channelSeq} after ${last}`,
      )
    }
    last = item.channelSeq
    shown.set(item.channelSeq, item)
  }
  const [first] = items
  if (first === undefined || (first.kind === 'message' && first.status !== 'sent')) return
  const from = first.kind === 'gap' ? first.fromSeq : first.channelSeq
  // who came back without history keeps what they saw before, and is not told what became of it
  const { surelyFrom } = world.access.of(channelId, life.userId)
  for (const seq of shown.keys()) if (seq < surelyFrom) shown.delete(seq)
  for (const row of channel.view()) {
    if (row.seq < Math.max(from, surelyFrom) || row.event.type !== 'message.new') continue
    const message = shown.get(row.seq)
    shown.delete(row.seq)
    if (message === undefined) {
      const isInGap = gaps.some(({ fromSeq, toSeq }) => row.seq >= fromSeq && row.seq <= toSeq)
      if (!isInGap) violations.add('I9', 'a message is not shown', `${where}: ${row.seq}`)
      continue
    }
    const differs = difference(contentOf(message), contentAt(channel, row, channel.head))
    if (differs !== undefined) {
      violations.add(
        'I5',
        'a message is shown with another content than it has',
        `${where} ${row.seq}: ${differs}`,
      )
    }
    if (message.messageId !== row.event.message_id) {
      violations.add(
        'I2',
        'another message is shown',
        `${where} ${row.seq}: ${identityOf(row.event)}`,
      )
    }
  }
  for (const seq of shown.keys()) {
    violations.add('I9', 'a message is shown that is not stored', `${where}: ${seq}`)
  }
}

const contentOf = (message: Message): Content => ({
  text: message.text,
  isDeleted: message.deleted,
  reactions: message.reactions
    .map(({ emoji, count, userIds }) => `${emoji}×${count} by ${[...userIds].sort().join(',')}`)
    .sort()
    .join('; '),
  replies: message.replyCount ?? 0,
  rev: message.rev,
})
