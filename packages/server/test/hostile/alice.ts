import { startTestServer, type TestServer } from '../support/server.js'
import { type Received, Session } from '../support/session.js'

export interface Alice {
  readonly server: TestServer
  /** Her session, which outlives whatever she says wrong. */
  readonly alice: Session
  /** Says an envelope that has no usable `ref`, and resolves to the answer: the next thing that comes. */
  answerTo(envelope: object): Promise<Received>
  end(): Promise<void>
}

/** A server, and alice, who owns the channel `c` and is greeted. */
export async function greetAlice(): Promise<Alice> {
  const server = await startTestServer({ frameRatePerS: 100_000 })
  await server.tidings.admin.upsertWorkspace({ workspaceId: 'w' })
  await server.tidings.admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
  const alice = await Session.greeted(server.url, 'alice')
  return {
    server,
    alice,
    async answerTo(envelope) {
      const before = alice.received.length
      alice.say(envelope)
      await alice.asks({ type: 'ping', ts: 1 })
      return alice.received[before]
    },
    async end() {
      await alice.end()
      await server.end()
    },
  }
}

let count = 0
export const command = (over: object) => ({
  type: 'message.send',
  channel_id: 'c',
  client_msg_id: `m${++count}`,
  first_try_ts: Date.now(),
  text: 'x',
  ...over,
})
