import type { World } from '../run/world.js'
import { checkAcks } from './acks.js'
import { checkAsked, textsOf } from './asked.js'
import { checkMembers } from './members.js'
import { checkTimeline } from './timeline.js'
import { checkTold } from './told.js'

const TIMERS_OF_A_PAGE_MAX = 60

/** Holds everything that clients were told, and show now, against what is stored. */
export function checkEnd(world: World): void {
  checkStored(world)
  checkMembers(world)
  checkAcks(world)
  const texts = textsOf(world)
  for (const { lives } of world.tabs) {
    for (const life of lives) {
      checkTold(world, life)
      checkAsked(world, life, texts)
      if (life.end !== 'alive') continue
      checkTimeline(world, life)
      const { timers, sockets } = life.page.held()
      if (timers > TIMERS_OF_A_PAGE_MAX || sockets > 1) {
        world.violations.add(
          'I7',
          'a client holds more than it should',
          `${life.name}: ${timers} timers, ${sockets} sockets`,
        )
      }
    }
  }
}

/** I2: the valid view is 1, 2, 3 … without a hole, and counts its messages. */
function checkStored({ stored, violations }: World): void {
  for (const channel of stored) {
    let messages = 0
    for (let seq = 1; seq <= channel.head; seq++) {
      const row = channel.at(seq)
      if (row === undefined) {
        violations.add(
          'I2',
          'a number is missing',
          `${channel.channelId} ${seq} of ${channel.head}`,
        )
        break
      }
      if (row.event.type === 'message.new') messages += 1
      if (row.event.message_count !== messages) {
        violations.add(
          'I2',
          'messages are counted wrongly',
          `${channel.channelId} ${seq}: ${row.event.message_count}, not ${messages}`,
        )
        break
      }
    }
  }
}
