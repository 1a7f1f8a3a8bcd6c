import type { ClientFrames, CommandFrame } from '@tidings/protocol'
import { createAcceptance } from '../../src/acceptance/acceptance.js'
import type { Hooks } from '../../src/acceptance/hooks.js'
import type { AcceptanceOptions } from '../../src/acceptance/options.js'
import type { CommandRequest, CommandVerdict } from '../../src/acceptance/port.js'
import { createSnowflakes } from '../../src/acceptance/snowflake.js'
import { createMemoryRateLimiter } from '../../src/adapters/memory/limits.js'
import type { AppendOutcome } from '../../src/ports/command-log.js'
import type { ChannelRecord } from '../../src/ports/directory.js'
import type { Membership } from '../../src/ports/membership.js'
import type { Command } from '../../src/stream/command.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

export const member = (userId: string, over: Partial<Membership> = {}): Membership => ({
  channelId: 'general',
  userId,
  workspaceId: 'w1',
  role: 'member',
  version: 3,
  ...over,
})

export interface WorldOptions {
  readonly hooks?: Hooks
  readonly options?: AcceptanceOptions
  /** Ids that the limiter keeps. */
  readonly onceMax?: number
  readonly members?: readonly Membership[]
  readonly channels?: readonly Pick<ChannelRecord, 'channelId' | 'workspaceId' | 'kind'>[]
  readonly colleagues?: readonly string[]
  readonly append?: (commands: readonly Command[]) => Promise<readonly AppendOutcome[]>
}

/** Acceptance over the memory limiter and a log that notes what it gets. */
export function createWorld(world: WorldOptions = {}) {
  const environment = createVirtualEnvironment()
  const appended: Command[][] = []
  const members = [...(world.members ?? [member('alice'), member('bob')])]
  const lease = { node: 7, valid: () => leased, release: async () => undefined }
  const hookFailures: string[] = []
  const errors: unknown[] = []
  let leased = true
  const acceptance = createAcceptance(
    {
      environment,
      log: {
        async append(commands) {
          appended.push([...commands])
          return world.append?.(commands) ?? commands.map(() => ({ status: 'appended' as const }))
        },
      },
      limiter: createMemoryRateLimiter(environment, { onceMax: world.onceMax }),
      ids: createSnowflakes(environment, lease),
      memberships: {
        get: async (channelId, userId) =>
          members.find((one) => one.channelId === channelId && one.userId === userId),
      },
      directory: {
        channels: async (ids) =>
          ids.map((id) => {
            const found = world.channels?.find((channel) => channel.channelId === id)
            return found && { ...found, name: id, createdAt: 0, memberCount: 1, userIds: [] }
          }),
        workspaceMember: async (workspaceId, userId) =>
          world.colleagues?.includes(userId) ? { workspaceId, userId, role: 'member' } : undefined,
      },
      onHookFailed: (hook) => hookFailures.push(hook),
      onError: (error) => errors.push(error),
      ...(world.hooks && { hooks: world.hooks }),
    },
    world.options,
  )

  let sent = 0
  const send = (
    over: Partial<ClientFrames['message.send']> = {},
  ): ClientFrames['message.send'] => ({
    type: 'message.send',
    channel_id: 'general',
    client_msg_id: `c${++sent}`,
    first_try_ts: environment.now(),
    text: 'hello',
    ...over,
  })
  const request = (frame: CommandFrame, over: Partial<CommandRequest> = {}): CommandRequest => ({
    userId: 'alice',
    frame,
    origin: { processId: 'p1', replyTo: 'r1' },
    requestId: 'q1',
    ...over,
  })
  async function submitOne(
    frame: CommandFrame,
    over: Partial<CommandRequest> = {},
  ): Promise<CommandVerdict> {
    const [verdict] = await acceptance.submit([request(frame, over)])
    if (verdict === undefined) throw new Error('no verdict')
    return verdict
  }
  return {
    environment,
    acceptance,
    appended,
    members,
    hookFailures,
    errors,
    send,
    request,
    submitOne,
    loseLease() {
      leased = false
    },
  }
}
