import type { PresenceStatus } from '@tidings/protocol'
import type { Membership } from '../../../packages/server/src/ports/membership.js'
import { presentest } from '../../../packages/server/src/ports/presence.js'
import type {
  ReceiptRise,
  Watermark,
  Watermarks,
} from '../../../packages/server/src/ports/receipts.js'
import { channelName } from '../run/names.js'
import type { World } from '../run/world.js'
import type { Life } from '../world/life.js'
import type { StoredChannel } from './stored.js'
import { checkUnread } from './unread.js'

/** What was done last, when nothing befell the world any more. */
export interface Rest {
  /** Clients that are there. */
  readonly lives: readonly Life[]
  /** By user and channel: the number that they have read to just now. */
  readonly read: Map<string, number>
  /** By channel: who types just now. */
  readonly typing: Map<string, Set<string>>
  /** Receipts were left out for slow readers since then. */
  readonly isShed: boolean
}

/** One channel as it is when all is at rest. */
export interface AtRest {
  readonly channel: StoredChannel
  readonly members: ReadonlyMap<string, Membership>
  readonly marks: ReadonlyMap<string, Watermarks>
}

const LIST_MAX = 1_000

/** P-91 to P-99: what is beside messages agrees everywhere, and with what was done. */
export async function checkBeside(world: World, rest: Rest): Promise<void> {
  for (const index of world.setting.channels.keys()) {
    const at = await atRest(world, channelName(index))
    for (const life of lookingAt(rest, at)) {
      checkPresence(world, life, at)
      checkNobodyTypes(world, life, at)
      checkReceipts(world, life, at, rest)
      checkUnread(world, life, at)
    }
    checkDelivered(world, at, rest)
  }
}

/** P-96: who types just now is shown to the others, and to nobody else. */
export async function checkTyping(world: World, rest: Rest): Promise<void> {
  for (const index of world.setting.channels.keys()) {
    const at = await atRest(world, channelName(index))
    const { channelId } = at.channel
    const typists = [...(rest.typing.get(channelId) ?? [])].filter((userId) => {
      const role = at.members.get(userId)?.role
      return role !== undefined && role !== 'read_only'
    })
    for (const life of lookingAt(rest, at)) {
      const shown = life.client.typing?.in(channelId).getSnapshot()
      if (shown === undefined) continue
      const others = typists.filter((userId) => userId !== life.userId)
      if ([...shown].sort().join() === others.sort().join()) continue
      const where = `${life.name} ${channelId}: ${shown}, not ${others}`
      world.violations.add('P-96', 'who types is not shown as they are', where)
    }
  }
}

async function atRest({ stored, directory, receipts }: World, channelId: string): Promise<AtRest> {
  const members = await directory.current.members(channelId, { limit: LIST_MAX })
  const marks = await receipts.current.inChannel(channelId, { limit: LIST_MAX })
  return {
    channel: stored.channel(channelId),
    members: new Map(members.map((member) => [member.userId, member])),
    marks: new Map(marks.map((mark) => [mark.userId, mark])),
  }
}

const lookingAt = ({ lives }: Rest, { channel: { channelId }, members }: AtRest): readonly Life[] =>
  lives.filter(
    (life) =>
      members.has(life.userId) &&
      life.told.get(channelId)?.isOpen === true &&
      life.channel(channelId).state === 'live',
  )

/** P-98, P-99: all members, each as their connections say. */
function checkPresence(world: World, life: Life, { channel, members }: AtRest): void {
  const { channelId } = channel
  const shown = life.client.presence?.in(channelId).getSnapshot()
  if (shown === undefined) return
  const where = `${life.name} ${channelId}`
  if (!shown.isCurrent) {
    world.violations.add('P-99', 'presence was asked for and not answered', where)
    return
  }
  for (const userId of new Set([...members.keys(), ...shown.users.keys()])) {
    const is = members.has(userId) ? statusOf(world, userId) : undefined
    const status = shown.users.get(userId)?.status
    if (status === is) continue
    const rule = 'presence is not shown as it is'
    world.violations.add('P-98', rule, `${where} ${userId}: ${status}, not ${is}`)
  }
}

function statusOf(world: World, userId: string): PresenceStatus {
  let status: PresenceStatus = 'offline'
  for (const tab of world.tabs) {
    const client = tab.userId === userId ? world.alive(tab)?.client : undefined
    if (client?.status !== 'connected') continue
    status = presentest(status, client.presence?.own.getSnapshot() ?? 'online')
  }
  return status
}

/** P-97: what somebody said last is over by itself. */
function checkNobodyTypes({ violations }: World, life: Life, { channel }: AtRest): void {
  const shown = life.client.typing?.in(channel.channelId).getSnapshot() ?? []
  if (shown.length === 0) return
  const where = `${life.name} ${channel.channelId}: ${shown}`
  violations.add('P-97', 'who types no more is shown to type', where)
}

/** P-91, P-92: nobody is shown further than is stored, and who has read just now is shown so to all. */
function checkReceipts(world: World, life: Life, at: AtRest, rest: Rest): void {
  const { channelId } = at.channel
  const shown = life.client.receipts?.in(channelId).getSnapshot()
  if (shown === undefined) return
  const bad = (rule: string, userId: string, detail: string): void =>
    world.violations.add('P-92', rule, `${life.name} ${channelId} ${userId}: ${detail}`)
  if (!shown.isCurrent) bad('receipts were asked for and not answered', life.userId, '')
  for (const userId of at.members.keys()) {
    const isSelf = userId === life.userId
    const seq = (isSelf ? shown.readSeq : shown.members.get(userId)?.readSeq) ?? 0
    const stored = validSeq(at, userId, 'read')
    // a client that is there says what it has read until the server has it, whoever died meanwhile
    // that of an own message may be lost with the server: the client knows it, and says it with the next entry
    const isOwn = isSelf && at.channel.at(seq)?.event.user_id === userId
    if (seq > stored && !isOwn)
      bad('a watermark is shown that is not stored', userId, `${seq}, not ${stored}`)
    const read = rest.read.get(`${userId} ${channelId}`)
    // of who sent the last message nobody is told that they have read it
    const isTold = isSelf || lastMessage(at.channel)?.user_id !== userId
    if (read !== undefined && isTold && !rest.isShed && seq < read) {
      bad('who has read a message is not shown so', userId, `${seq}, not ${read}`)
    }
  }
}

/** A client that gets messages says that it has them, and that is stored. */
function checkDelivered(world: World, at: AtRest, rest: Rest): void {
  const { channelId } = at.channel
  const last = lastMessage(at.channel)
  if (last === undefined) return
  for (const life of lookingAt(rest, at)) {
    if (life.client.receipts === undefined || last.user_id === life.userId) continue
    const stored = validSeq(at, life.userId, 'delivered')
    if (stored >= last.channel_seq) continue
    const where = `${life.name} ${channelId}: ${stored} of ${last.channel_seq}`
    world.violations.add('P-91', 'a message that came is not stored as delivered', where)
  }
}

function lastMessage(channel: StoredChannel) {
  for (let seq = channel.head; seq > 0; seq--) {
    const event = channel.at(seq)?.event
    if (event?.type === 'message.new') return event
  }
  return undefined
}

/** P-91: how far a watermark reaches now that numbering may have started anew below it. */
function validSeq({ channel, marks }: AtRest, userId: string, kind: ReceiptRise['kind']): number {
  const mark: Watermark | undefined = marks.get(userId)?.[kind]
  if (mark === undefined) return 0
  const later = channel.epochs.filter(({ epoch }) => epoch > mark.epoch)
  return Math.min(mark.seq, ...later.map(({ fromSeq }) => fromSeq))
}
