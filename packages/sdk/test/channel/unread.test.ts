import { describe, expect, it } from 'vitest'
import { Line } from './fake-server.js'

/** The server says that this user has read so many messages. */
const stated = (line: Line, read: number): void =>
  line.connection.receive({
    type: 'channel.changed',
    channel: { ...line.channel().entry(), read_message_count: read },
  })

/** A channel with three messages that is listened to; where `read` is given, the server has said it before. */
async function withThree(read?: number) {
  const line = new Line()
  for (const text of ['1', '2', '3']) line.channel().append({ type: 'message.new', text })
  line.connect()
  if (read !== undefined) stated(line, read)
  const general = line.sync.channel('general')
  general.on('message', () => {})
  await line.advance(100)
  return { line, general }
}

describe("messages of a user's channels", () => {
  it('count as read what this user wrote, wherever', () => {
    const line = new Line()
    line.connect()
    line.say('one')
    expect(line.sync.channel('general').unreadCount).toBe(1)
    line.happen({ type: 'message.new', text: 'mine', user_id: 'alice' })
    line.say('three')
    expect(line.sync.channel('general').unreadCount).toBe(1)
  })

  it('count as read after a reset what the new epoch has of it', async () => {
    const { line, general } = await withThree(3)
    expect(general.unreadCount).toBe(0)
    line.reset(2)
    expect(general.info).toMatchObject({ messageCount: 2, readMessageCount: 2, unreadCount: 0 })
    line.say('b3')
    expect(general.unreadCount).toBe(1)
    stated(line, 1)
    expect(general.unreadCount).toBe(2)
    stated(line, 0)
    expect(general.unreadCount).toBe(2)
  })

  it('count as read what was read in the new epoch, though the server lost that (P-93)', async () => {
    const { line, general } = await withThree(3)
    line.reset(1)
    line.say('b2')
    line.happen({ type: 'message.new', text: 'mine', user_id: 'alice' })
    line.say('b4')
    expect(general.unreadCount).toBe(1)
    stated(line, 1)
    expect(general.unreadCount).toBe(1)
    line.sync.markRead('general', 4)
    stated(line, 1)
    expect(general.unreadCount).toBe(0)
  })

  it('do not count as read what comes in the place of what was void in the same epoch (P-65)', async () => {
    const { line, general } = await withThree()
    line.sync.markRead('general', 3)
    line.channel().log.length = 1
    const reset = { type: 'channel.reset', channel_id: 'general', from_seq: 1 } as const
    line.connection.receive(reset)
    line.say('another 2')
    line.say('another 3')
    stated(line, 1)
    expect(general.unreadCount).toBe(2)
  })
})
