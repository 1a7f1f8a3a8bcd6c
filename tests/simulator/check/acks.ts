import type { World } from '../run/world.js'
import type { CommandAnswer } from './wire.js'

/** I1, I3: what a client was told of a command stands in the store, and was told the same each time. */
export function checkAcks(world: World): void {
  for (const answers of world.wire.acks.values()) {
    const standing = answers.filter((answer) => answer.seq > 0)
    for (const answer of standing) checkOne(world, answer)
    const [first] = standing.filter((answer) => !isVoid(world, answer))
    for (const other of standing) {
      if (first === undefined || isVoid(world, other)) continue
      if (
        other.epoch !== first.epoch ||
        other.seq !== first.seq ||
        other.messageId !== first.messageId
      ) {
        world.violations.add(
          'I3',
          'one command was acknowledged in two ways',
          `${first.channelId} ${first.clientMsgId}: ${first.epoch}:${first.seq} and ${other.epoch}:${other.seq}`,
        )
      }
    }
  }
}

/** True where numbering started anew below it: it was lost with the store that was replaced by a backup. */
export function isVoid(
  world: World,
  { channelId, epoch, seq }: { channelId: string; epoch: number; seq: number },
): boolean {
  const { epochs } = world.stored.channel(channelId)
  return epochs.some((start) => start.epoch > epoch && start.fromSeq < seq)
}

function checkOne(world: World, answer: CommandAnswer): void {
  if (isVoid(world, answer)) return
  const { channelId, epoch, seq, userId, clientMsgId, messageId } = answer
  const event = world.stored.channel(channelId).exactly(epoch, seq)?.event
  const where = `${channelId} ${epoch}:${seq} ${clientMsgId} of ${userId}`
  if (event === undefined) {
    world.violations.add('I1', 'an acknowledged command is lost', where)
  } else if (event.client_msg_id !== clientMsgId || event.user_id !== userId) {
    world.violations.add('I1', 'at an acknowledged number stands something else', where)
  } else if (event.type === 'message.new' && event.message_id !== messageId) {
    world.violations.add('I1', 'an acknowledged message has another id', where)
  }
}
