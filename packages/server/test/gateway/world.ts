import { parseServerFrame } from '@tidings/protocol/schemas'
import { expect } from 'vitest'
import { createMemoryCommandLog } from '../../src/adapters/memory/command-log.js'
import { createMemoryDirectory } from '../../src/adapters/memory/directory.js'
import {
  createMemoryNodeLeases,
  createMemoryRateLimiter,
  createMemoryTokenRevocation,
} from '../../src/adapters/memory/limits.js'
import { createMemoryMessageStore } from '../../src/adapters/memory/message-store.js'
import { createMemoryPushBus } from '../../src/adapters/memory/push.js'
import { createMemoryRoutes } from '../../src/adapters/memory/routes.js'
import { AuthError, type Authenticator } from '../../src/auth/port.js'
import { type CoreOptions, type CorePorts, createCore } from '../../src/core.js'
import type { GatewayOptions } from '../../src/gateway/gateway.js'
import { SERVER } from '../../src/operations/actor.js'
import type { KnownHeads } from '../../src/ports/known-heads.js'
import { type Command, RULES_VERSION } from '../../src/stream/command.js'
import {
  createVirtualEnvironment,
  type VirtualEnvironment,
} from '../support/virtual-environment.js'
import { FakeSocket } from './socket.js'
import { tapBus, tapDirectory, tapMetrics, tapRoutes, tapStore } from './taps.js'

const PROCESS = 'p1'

export interface WorldOptions {
  readonly gateway?: GatewayOptions
  readonly core?: Partial<CoreOptions>
  readonly knownHeads?: KnownHeads
  /** Adapters that most tests do without. */
  readonly ports?: (environment: VirtualEnvironment) => Partial<CorePorts>
}

/** How a token of these tests reads: the user, and whatever is to be said about it. */
export interface Token {
  readonly user: string
  readonly expiresInMs?: number
  readonly tokenId?: string
}
export const token = (of: Token | string): string =>
  JSON.stringify(typeof of === 'string' ? { user: of } : of)

/** The whole server core on a virtual clock, with taps where a test wants to look or to interfere. */
export async function createWorld(options: WorldOptions = {}) {
  const environment = createVirtualEnvironment()
  const log = createMemoryCommandLog({ environment })
  const store = tapStore(createMemoryMessageStore())
  const directory = tapDirectory(createMemoryDirectory(environment))
  const bus = tapBus(createMemoryPushBus())
  const routes = tapRoutes(createMemoryRoutes())
  const revocation = createMemoryTokenRevocation(environment)
  const metrics = tapMetrics()
  const troubles: unknown[] = []
  const off = { perSecond: 0, burst: 1 }
  const core = createCore(
    {
      environment,
      log,
      store: store.port,
      directory: directory.port,
      bus: bus.port,
      routes: routes.port,
      limiter: createMemoryRateLimiter(environment),
      revocation,
      lease: await createMemoryNodeLeases().acquire(),
      authenticator: authenticator(environment),
      ...(options.knownHeads !== undefined && { knownHeads: options.knownHeads }),
      ...options.ports?.(environment),
    },
    {
      processId: PROCESS,
      acceptance: { userRate: off, channelRate: off },
      onTrouble: (where, error) => troubles.push([where, error]),
      gatewayMetrics: metrics.port,
      ...options.core,
      gateway: options.gateway ?? {},
    },
  )
  await core.start()
  await core.workspaces.put(SERVER, 'w1')
  const sockets: FakeSocket[] = []
  let commands = 0

  /** A socket that is admitted, or not, and has said nothing. */
  function open(request: { token?: string; remoteAddress?: string } = {}): FakeSocket {
    const socket = new FakeSocket()
    sockets.push(socket)
    socket.listener = core.gateway.accept(socket, {
      remoteAddress: request.remoteAddress ?? '10.0.0.1',
      origin: undefined,
      token: request.token,
    })
    return socket
  }

  /** A session that is greeted. */
  async function connect(
    user: string | Token,
    last_seq_map: Record<string, number | [number, number]> = {},
  ): Promise<FakeSocket> {
    const socket = open({ token: token(user) })
    socket.say({ type: 'hello', device_id: 'd1', last_seq_map })
    await environment.settle()
    return socket
  }

  /** Members of a channel, which is made when it is not there. */
  async function members(channelId: string, ...userIds: string[]): Promise<void> {
    const kind = channelId.startsWith('private') ? 'private' : 'public'
    await finish(core.channels.put(SERVER, 'w1', channelId, { kind }))
    for (const userId of userIds) await join(channelId, userId)
  }
  const join = (channelId: string, userId: string, over = {}) =>
    finish(core.channels.putMember(SERVER, channelId, userId, { role: 'member', ...over }))
  const remove = (channelId: string, userId: string, ban = false) =>
    finish(core.channels.removeMember(SERVER, channelId, userId, ban))

  /** Lets time settle until the promise is done. */
  async function finish<T>(promise: Promise<T>): Promise<T> {
    await environment.settle()
    return promise
  }

  /** Sends as a member, past any socket; resolves to the number. */
  async function send(channelId: string, userId: string, text = 'hello', over = {}) {
    const sent = await finish(
      core.messages.submit(
        { kind: 'user', userId },
        undefined,
        {
          type: 'message.send',
          channel_id: channelId,
          text,
          ...over,
        } as never,
        { requestId: 'q' },
      ),
    )
    return sent as { channel_seq: number; message_id: string }
  }

  /** Changes a message as its author, past any socket. */
  async function act(
    type: 'message.edit' | 'message.delete' | 'reaction.add' | 'reaction.remove',
    channelId: string,
    userId: string,
    target: { channel_seq: number; message_id: string },
    over = {},
  ) {
    const named = { target_seq: target.channel_seq, target_message_id: target.message_id }
    await finish(
      core.messages.submit(
        { kind: 'user', userId },
        undefined,
        {
          type,
          channel_id: channelId,
          ...named,
          ...over,
        } as never,
        { requestId: 'q' },
      ),
    )
  }

  /** What operators do to a channel's numbering: straight into the log. */
  async function operate(
    channelId: string,
    payload:
      | { kind: 'epoch.raise'; epoch: number; fromSeq: number }
      | { kind: 'retention.raise'; oldestSeq: number },
  ): Promise<void> {
    const command: Command = {
      ...payload,
      channelId,
      userId: 'operator',
      clientMsgId: `~op${++commands}`,
      rules: RULES_VERSION,
      messageId: `op${commands}`,
      acceptedAt: environment.now(),
      role: 'owner',
      membershipVersion: 0,
      requestId: 'q',
    }
    await finish(log.append([command]))
    await environment.settle()
  }

  const command = (channel_id: string, over = {}) => ({
    type: 'message.send',
    channel_id,
    client_msg_id: `c${++commands}`,
    first_try_ts: environment.now(),
    text: 'hello',
    ...over,
  })
  let refs = 0
  /** Asks a connection for a page and resolves to the answer. */
  async function backfill(socket: FakeSocket, channel_id: string, over = {}) {
    const ref = `b${++refs}`
    const request = { type: 'backfill.request', ref, channel_id, direction: 'forward', limit: 100 }
    socket.say({ ...request, ...over })
    await environment.settle()
    const answer = socket.received().find((envelope) => envelope.ref === ref)
    if (answer === undefined) throw new Error('no answer')
    return answer
  }

  return {
    environment,
    core,
    gateway: core.gateway,
    store,
    directory,
    bus,
    routes,
    revocation,
    metrics,
    troubles,
    open,
    connect,
    members,
    join,
    remove,
    send,
    act,
    operate,
    command,
    backfill,
    finish,
    /** Every envelope that was written to any socket is one of the protocol. */
    checkFrames() {
      for (const socket of sockets) {
        for (const { text, bytes } of socket.frames) {
          expect(bytes.length).toBeLessThanOrEqual(262_144 + 10)
          for (const envelope of [JSON.parse(text)].flat()) {
            expect(parseServerFrame(envelope), text).toMatchObject({ ok: true })
          }
        }
      }
    },
    async close() {
      this.checkFrames()
      const closing = core.close()
      await environment.advance(1_000)
      await closing
      expect(environment.timers).toBe(0)
    },
  }
}
export type World = Awaited<ReturnType<typeof createWorld>>

function authenticator(environment: VirtualEnvironment): Authenticator {
  return {
    async authenticate(text) {
      if (text === 'slow') await new Promise(() => undefined)
      if (text === 'broken') throw new Error('the key server is away')
      if (text === 'unsure') throw new AuthError('unavailable', 'the session store is away')
      if (!text.startsWith('{')) throw new AuthError('unauthorized', 'not one of ours')
      const { user, expiresInMs, tokenId } = JSON.parse(text) as Token
      return {
        userId: user,
        ...(expiresInMs !== undefined && { expiresAt: environment.now() + expiresInMs }),
        ...(tokenId !== undefined && { tokenId }),
      }
    },
  }
}
