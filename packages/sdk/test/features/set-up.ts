import type { Feature } from '../../src/index.js'
import { testAck, testEntry } from '../../src/testing/frames.js'
import type { AnyEnvelope, VirtualServerSocket } from '../../src/testing/virtual-socket.js'
import { setUp as setUpClients } from '../client/set-up.js'

/**
 * A connected client with a feature, and a server that answers nothing of it by itself: `said` is what
 * it heard of the types that begin so, and `answer` may do something about each.
 */
export async function setUp<const F extends Feature>(feature: F, prefix: string) {
  const { world, server, open } = setUpClients()
  const said: AnyEnvelope[] = []
  const answers: { take(envelope: AnyEnvelope, socket: VirtualServerSocket): void } = {
    take: () => {},
  }
  server.before = (envelope, socket) => {
    if (!envelope.type.startsWith(prefix)) return false
    said.push(envelope)
    answers.take(envelope, socket)
    return true
  }
  /** From here on envelopes of this type are answered so. */
  const answerTo = (type: string, make: (envelope: AnyEnvelope) => object): void => {
    const { before } = server
    server.before = (envelope, socket) => {
      if (envelope.type !== type) return before(envelope, socket)
      socket.send(make(envelope))
      return true
    }
  }
  const { page, client } = open({ features: [feature] })
  await world.runUntil(() => client.status === 'connected')
  await world.advance(5)
  return {
    world,
    server,
    page,
    client,
    answers,
    answerTo,
    api: (client as unknown as Record<string, ReturnType<F['setup']>>)[feature.name] as ReturnType<
      F['setup']
    >,
    /** What was heard since the last time that this was asked, without `type` and `ref`. */
    async heard(): Promise<string[]> {
      await world.advance(5)
      return said
        .splice(0)
        .map(({ type, ref, ...fields }) => `${type.slice(prefix.length)} ${JSON.stringify(fields)}`)
    },
    said,
    /** A channel is opened, and the answer to that is the first to say that it is this user's. */
    async listed(channelId: string): Promise<void> {
      answerTo('channels.list', ({ ref }) => ({
        type: 'channels.page',
        ref,
        channels: [testEntry({ channel_id: channelId })],
      }))
      client.channel(channelId).on('message', () => {})
      await world.advance(5)
    },
    /** From here on a greeting says that this user was taken out of `general`. */
    greetsWithout(): void {
      const gone = [{ channel_id: 'general', reason: 'kicked' as const }]
      answerTo('hello', () => testAck({ gone }))
    },
    /** The server tells something. */
    async tell(...frames: readonly object[]): Promise<void> {
      for (const socket of server.connections) socket.send(...frames)
      await world.advance(5)
    },
    /** The line is cut, and joined again. */
    async reconnect(whileCut: () => void | Promise<void> = () => {}): Promise<void> {
      world.lastSocket().cut()
      await world.runUntil(() => client.status !== 'connected')
      await whileCut()
      await world.runUntil(() => client.status === 'connected')
      await world.advance(5)
    },
  }
}

/** How often a snapshot became another one. */
export function changesOf(readable: { subscribe(listener: () => void): () => void }): () => number {
  let changes = 0
  readable.subscribe(() => {
    changes += 1
  })
  return () => changes
}
