import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../support/wait.js'
import { type Cluster, createCluster, seqsOf } from './world.js'

let cluster: Cluster
beforeEach(async () => {
  cluster = await createCluster()
})
afterEach(() => cluster.end())

const shown = (socket: Parameters<typeof seqsOf>[0], seq: number) =>
  until(`number ${seq} is shown`, () => seqsOf(socket, 'general').at(-1) === seq)
const ascending = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('a cluster', () => {
  it('I2: what is sent at one gateway is acknowledged there and shown at another', async () => {
    const api = await cluster.start('api')
    const [a, b] = [await cluster.start('gateway'), await cluster.start('gateway')]
    await cluster.start('sequencer')
    await api.members('general', 'ada', 'bob')
    const [ada, bob] = [await a.connect('ada'), await b.connect('bob')]
    for (let i = 1; i <= 20; i++) {
      ada.say({
        type: 'message.send',
        channel_id: 'general',
        client_msg_id: `m${i}`,
        first_try_ts: Date.now(),
        text: `número ${i} 👋`,
      })
    }
    await until('all are acknowledged', () => ada.received('message.ack').length === 20)
    await shown(bob, 22)
    expect(seqsOf(bob, 'general')).toEqual(ascending(3, 22))
    expect(seqsOf(ada, 'general')).toEqual(ascending(3, 22))
    const texts = (socket: typeof bob) => socket.received('message.new').map((event) => event.text)
    expect(texts(bob)).toEqual(texts(ada))
    expect(texts(bob)[19]).toBe('número 20 👋')
  })

  it('I1: a request to a process that is api only gets its ack, also over and over (I3)', async () => {
    const api = await cluster.start('api')
    await cluster.start('sequencer')
    await api.members('general', 'ada')
    const sent = await api.send('general', 'ada', 'over REST')
    expect(sent).toMatchObject({ channel_seq: 2, deduplicated: false })
    const again = await api.serving.messages.submit(
      { kind: 'user', userId: 'ada' },
      undefined,
      {
        type: 'message.send',
        channel_id: 'general',
        text: 'over REST',
        client_msg_id: (sent as { client_msg_id: string }).client_msg_id,
      } as never,
      { requestId: 'q' },
    )
    expect(again).toMatchObject({ channel_seq: 2, deduplicated: true })
  })

  it('who joins is told at their gateway, where nobody of the channel was before', async () => {
    const api = await cluster.start('api')
    const gateway = await cluster.start('gateway')
    await cluster.start('sequencer')
    await api.members('general', 'ada')
    const bob = await gateway.connect('bob')
    await api.members('general', 'bob')
    await until('bob is told', () => bob.received('channel.added').length === 1)
    await api.send('general', 'ada', 'hello bob')
    await until('bob is shown it', () => bob.received('message.new').length === 1)
  })

  it('I2: goes on without a hole or a repeat when its sequencer goes and another takes over', async () => {
    const first = await cluster.start('sequencer')
    const api = await cluster.start('api')
    const gateway = await cluster.start('gateway')
    await api.members('general', 'ada', 'bob')
    const bob = await gateway.connect('bob')
    const sends: Promise<unknown>[] = []
    for (let i = 0; i < 10; i++) sends.push(api.send('general', 'ada', `before ${i}`))
    await cluster.start('sequencer')
    for (let i = 0; i < 10; i++) sends.push(api.send('general', 'ada', `while ${i}`))
    await first.close()
    for (let i = 0; i < 10; i++) sends.push(api.send('general', 'ada', `after ${i}`))
    const acks = (await Promise.all(sends)) as { channel_seq: number }[]
    expect(acks.map((ack) => ack.channel_seq).sort((x, y) => x - y)).toEqual(ascending(3, 32))
    await shown(bob, 32)
    expect(seqsOf(bob, 'general')).toEqual(ascending(3, 32))
  })

  it('a gateway that is killed holds nobody else up', async () => {
    const api = await cluster.start('api')
    const [a, b] = [await cluster.start('gateway'), await cluster.start('gateway')]
    await cluster.start('sequencer')
    await api.members('general', 'ada', 'bob')
    const bob = await b.connect('bob')
    await a.connect('ada')
    await a.kill()
    for (let i = 0; i < 10; i++) await api.send('general', 'ada', `without a ${i}`)
    await shown(bob, 12)
    expect(seqsOf(bob, 'general')).toEqual(ascending(3, 12))
  })

  it('R12: the last push of all is lost, and it is shown within seconds all the same', async () => {
    const api = await cluster.start('api')
    const gateway = await cluster.start('gateway')
    const sequencer = await cluster.start('sequencer')
    await api.members('general', 'ada', 'bob')
    const bob = await gateway.connect('bob')
    sequencer.meddle((to, batch) => (to === gateway.processId ? undefined : batch))
    await api.send('general', 'ada', 'lost on the way')
    sequencer.meddle((_, batch) => batch)
    await shown(bob, 3)
    expect(bob.received('message.new')[0]).toMatchObject({ text: 'lost on the way' })
  })

  it('R12: a route is lost and every digest with it: the sweep of the gateway finds it', async () => {
    const api = await cluster.start('api')
    const gateway = await cluster.start('gateway')
    await cluster.start('sequencer')
    await api.members('general', 'ada', 'bob')
    const bob = await gateway.connect('bob')
    await cluster.routes.withdraw(gateway.processId, ['general'])
    await api.send('general', 'ada', 'no route leads there')
    await shown(bob, 3)
    await api.send('general', 'ada', 'there is one again')
    await shown(bob, 4)
  })

  it('answers what was accepted before it ends', async () => {
    await cluster.start('sequencer')
    const api = await cluster.start('api')
    await api.members('general', 'ada')
    const sending = Array.from({ length: 20 }, (_, i) => api.send('general', 'ada', `${i}`))
    await Promise.resolve()
    await api.close()
    const acks = (await Promise.all(sending)) as { channel_seq: number }[]
    expect(acks).toHaveLength(20)
  })
})
