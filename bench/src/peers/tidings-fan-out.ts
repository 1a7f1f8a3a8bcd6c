/** The gateway alone, with events injected where the sequencer would hand them over. Nothing is stored. */
import { createServer } from 'node:http'
import type { ChannelEvent } from '@tidings/protocol'
import { createMemoryMessageStore } from '../../../packages/server/src/adapters/memory/message-store.js'
import { createMemoryRoutes } from '../../../packages/server/src/adapters/memory/routes.js'
import { nodeEnvironment } from '../../../packages/server/src/adapters/node/environment.js'
import { createUpgrades } from '../../../packages/server/src/adapters/ws/upgrades.js'
import { createGateway } from '../../../packages/server/src/gateway/gateway.js'
import type { Membership } from '../../../packages/server/src/ports/membership.js'
import { tellPort } from './tell-port.js'

const channelId = 'c0'
const membership = (userId: string): Membership => ({
  channelId,
  userId,
  workspaceId: 'w',
  role: 'member',
  version: 1,
})
const record = {
  channelId,
  workspaceId: 'w',
  kind: 'public' as const,
  name: 'c0',
  createdAt: 0,
  memberCount: 500,
  userIds: [],
}
let ids = 0
let seq = 0
const gateway = createGateway(
  {
    processId: 'bench',
    environment: nodeEnvironment,
    authenticator: { authenticate: async (token) => ({ userId: token }) },
    revocation: { revoke: async () => undefined, isRevoked: async () => false },
    acceptance: { submit: async (requests) => requests.map((request) => accept(request.frame)) },
    memberships: {
      get: async (_channel, userId) => membership(userId),
      fresh: async (userId) => [membership(userId)],
      invalidate: async () => undefined,
      onChange: () => () => undefined,
    },
    directory: {
      channels: async () => [record],
      workspaceMember: async () => undefined,
      members: async () => [],
      formerMemberships: async () => [],
      membershipsOf: async (userId) => [membership(userId)],
    },
    store: createMemoryMessageStore(),
    routes: createMemoryRoutes(),
    nextRequestId: () => String(++ids),
  },
  {
    connectionRatePerS: 1_000_000,
    maxConnectionsPerIp: 1_000_000,
    maxUnauthenticatedPerIp: 1_000_000,
    frameRatePerS: 1_000_000,
    headsIntervalMs: 3_600_000,
    pullAboveEventsPerS: 0,
  },
)

function accept(frame: { type: string; text?: string }): { status: 'appended' } {
  publish([frame.text ?? ''])
  return { status: 'appended' }
}

function publish(texts: readonly string[]): void {
  const events = texts.map((text) => {
    seq++
    const event = {
      type: 'message.new',
      channel_id: channelId,
      channel_seq: seq,
      message_count: seq,
      user_id: 'u0',
      client_msg_id: `m${seq}`,
      ts: Date.now(),
      message_id: String(seq),
      text,
    } as ChannelEvent
    return { event, json: JSON.stringify(event) }
  })
  gateway.receive({
    channels: [
      { channelId, epoch: 1, fromSeq: 0, headSeq: seq, messageCount: seq, oldestSeq: 1, events },
    ],
    answers: [],
  })
}

const server = createServer()
await gateway.start()
const upgrades = createUpgrades({ gateway, path: '/v1/ws', corsOrigins: [], trustProxy: 0 })
server.on('upgrade', upgrades.handle)
process.on('message', ({ inject }: { inject: readonly string[] }) => publish(inject))
process.once('SIGTERM', () => process.exit(0))
tellPort(server)
