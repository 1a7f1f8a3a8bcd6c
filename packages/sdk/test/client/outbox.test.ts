import { describe, expect, it } from 'vitest'
import { over, setUp } from './set-up.js'

describe('the outbox of a client', () => {
  it('tells what waits, once a turn, and whether it would survive a reload', async () => {
    const { world, server, open } = setUp()
    const { client } = open({ userId: 'alice' })
    const lengths: number[] = []
    client.outbox.on('change', (pending) => lengths.push(pending.length))
    server.stop()
    const general = client.channel('general')
    void general.send('one')
    void general.send('two')
    await world.advance(10)
    expect(lengths[0]).toBe(2)
    expect(client.outbox.durability).toBe('disk')
    server.start()
    await over(world, client.drain({ timeoutMs: 60_000 }))
    await world.advance(10)
    expect(lengths.at(-1)).toBe(0)
    await client.close()
  })

  it('sends a refused message again, or gives it up, as it is told', async () => {
    const { world, server, open } = setUp()
    const { client } = open()
    const general = client.channel('general')
    await over(world, general.ready())
    server.before = ({ type, client_msg_id }, socket) => {
      if (type !== 'message.send') return false
      socket.send({
        type: 'error',
        code: 'refused',
        message: 'Not here.',
        client_msg_id,
        retryable: false,
      })
      return true
    }
    await expect(over(world, general.send('one'))).rejects.toMatchObject({ code: 'refused' })
    await expect(over(world, general.send('two'))).rejects.toMatchObject({ outcome: 'rejected' })
    const [one, two] = client.outbox.list()
    expect(one).toMatchObject({ state: 'parked', error: { code: 'refused' } })
    server.before = () => false
    const again = client.outbox.retry(one?.clientMsgId ?? '')
    expect(again.clientMsgId).not.toBe(one?.clientMsgId)
    expect(await over(world, again)).toMatchObject({ channelSeq: 1 })
    client.outbox.discard(two?.clientMsgId ?? '')
    expect(client.outbox.list()).toEqual([])
    await client.close()
  })
})
