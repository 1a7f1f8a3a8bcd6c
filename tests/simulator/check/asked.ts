import type { World } from '../run/world.js'
import type { Asked, Life } from '../world/life.js'
import { isVoid } from './acks.js'

/** I3, I9: every command settles once, and as it truly ended; what one client sends keeps its order. */
export function checkAsked(world: World, life: Life, texts: ReadonlyMap<string, number>): void {
  const lastSeq = new Map<string, number>()
  for (const asked of life.asked) {
    checkEnd(world, life, asked)
    if (asked.kind !== 'send') continue
    checkTwice(world, asked, texts)
    checkOrder(world, life, asked, lastSeq)
  }
}

function checkEnd(world: World, life: Life, asked: Asked): void {
  const { violations } = world
  const where = `${life.name} ${asked.kind} ${asked.text.slice(0, 40)} in ${asked.channelId}`
  if (asked.settled > 1) violations.add('I9', 'a command settled twice', where)
  if (asked.settled === 0) {
    if (life.end === 'alive') violations.add('I9', 'a command never settled', where)
    return
  }
  const { result, error, channelId, clientMsgId } = asked
  if (result !== undefined) {
    const { epoch, seq } = result
    if (seq === undefined || isVoid(world, { channelId, epoch, seq })) return
    const event = world.stored.channel(channelId).exactly(epoch, seq)?.event
    if (event === undefined)
      violations.add('I1', 'a settled command is not stored', `${where}: ${epoch}:${seq}`)
    else if (clientMsgId !== undefined && event.client_msg_id !== clientMsgId) {
      violations.add(
        'I1',
        'a command settled with another one’s number',
        `${where}: ${epoch}:${seq}`,
      )
    }
    return
  }
  if (error === undefined || error.outcome === 'unknown') return
  if (clientMsgId === undefined) return
  // a disk that keeps what was to be removed gives it to the next client
  if (life.end !== 'alive' && !life.browser.isReliable) return
  const rows = world.stored.channel(channelId).byCommand(life.userId, clientMsgId)
  if (rows.length > 0) {
    violations.add(
      'I9',
      `a command settled as ${error.outcome} is stored`,
      `${where}: ${error.code}`,
    )
  }
}

/** The text of every send is another one: it may be stored once, whatever id it went under. */
function checkTwice(
  world: World,
  { text, channelId }: Asked,
  texts: ReadonlyMap<string, number>,
): void {
  if ((texts.get(`${channelId} ${text}`) ?? 0) > 1) {
    world.violations.add('I3', 'one message was stored twice', `${channelId}: ${text.slice(0, 40)}`)
  }
}

/** How often each text stands in a channel. */
export function textsOf({ stored }: World): ReadonlyMap<string, number> {
  const texts = new Map<string, number>()
  for (const channel of stored) {
    for (const { event } of channel.view()) {
      if (event.type !== 'message.new') continue
      const key = `${channel.channelId} ${event.text}`
      texts.set(key, (texts.get(key) ?? 0) + 1)
    }
  }
  return texts
}

/** P-81: in the order in which they were given. */
function checkOrder(
  world: World,
  life: Life,
  { channelId, clientMsgId, touched, error }: Asked,
  lastSeq: Map<string, number>,
): void {
  if (touched || clientMsgId === undefined) return
  // an unanswered try may come later, by a connection that was left; what is kept for the next client goes in order
  if (error?.outcome === 'unknown' && error.code !== 'closed') return
  const channel = world.stored.channel(channelId)
  const row = channel.byCommand(life.userId, clientMsgId).find((one) => channel.isValid(one))
  if (row === undefined) return
  const last = lastSeq.get(channelId) ?? 0
  if (row.seq < last) {
    world.violations.add(
      'I9',
      'messages of one client are not in their order',
      `${life.name} ${channelId}: ${row.seq} after ${last}`,
    )
  }
  lastSeq.set(channelId, row.seq)
}
