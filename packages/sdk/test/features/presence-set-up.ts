import { type PresenceChange, presence } from '../../src/features/presence/index.js'
import type { AnyEnvelope, VirtualServerSocket } from '../../src/testing/virtual-socket.js'
import { setUp as setUpWith } from './set-up.js'

export type Statuses = Record<string, 'online' | 'away' | 'offline'>

/** A server that knows who is where. */
export async function setUp(statuses: Statuses = {}, options: Parameters<typeof presence>[0] = {}) {
  const world = await setUpWith(
    presence({ watchActivity: () => undefined, ...options }),
    'presence.',
  )
  const there: Statuses = { ...statuses }
  const answer = ({ type, ref, user_ids }: AnyEnvelope, socket: VirtualServerSocket): void => {
    if (type !== 'presence.subscribe') return
    const asked = (user_ids as string[] | undefined) ?? Object.keys(there)
    const users = asked.map((user_id) => ({ user_id, status: there[user_id] ?? 'offline' }))
    socket.send({ type: 'presence.snapshot', ref, channel_id: 'general', users, has_more: false })
  }
  world.answers.take = answer
  const general = world.api.in('general')
  const changes: string[] = []
  world.api.on('change', ({ userId, previous, status }: PresenceChange) =>
    changes.push(`${userId} ${previous} > ${status}`),
  )
  const shown = (): Statuses =>
    Object.fromEntries([...general.getSnapshot().users].map(([id, { status }]) => [id, status]))
  return { ...world, there, answer, general, changes, shown }
}
