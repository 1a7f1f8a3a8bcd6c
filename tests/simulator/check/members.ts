import { channelName } from '../run/names.js'
import type { World } from '../run/world.js'
import type { Row, StoredChannel } from './stored.js'

/** Begins the ids of what the server itself puts into a stream: a number follows. */
const SERVER_ID = /^~(\d+)$/

/** R15: changes of the directory stand in the stream in their order; R5: what is deleted is not changed any more. */
export function checkMembers({ stored, violations, setting }: World): void {
  for (const index of setting.channels.keys()) {
    const channel = stored.channel(channelName(index))
    let last = 0
    for (const row of channel.view()) {
      const entry = Number(SERVER_ID.exec(row.event.client_msg_id)?.[1] ?? 0)
      if (entry > 0 && entry < last) {
        const where = `${channel.channelId} ${row.seq}: ${entry} after ${last}`
        violations.add('I2', 'changes of the directory are not in their order', where)
      }
      last = Math.max(last, entry)
      if (changesDeleted(channel, row)) {
        violations.add('I5', 'a deleted message was changed', `${channel.channelId} ${row.seq}`)
      }
    }
  }
}

function changesDeleted(channel: StoredChannel, { seq, event }: Row): boolean {
  if (!('target_seq' in event)) return false
  const before = channel.effectsOn(event.target_seq, seq - 1)
  return before.some((effect) => effect.event.type === 'message.deleted')
}
