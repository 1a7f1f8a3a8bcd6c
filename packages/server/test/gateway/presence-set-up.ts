import type { FakeSocket } from './socket.js'
import type { World } from './world.js'

let refs = 0
/** Asks who is there, and to be told from then on; resolves to what answers it. */
export async function subscribe(
  world: World,
  socket: FakeSocket,
  channel_id = 'c1',
  user_ids?: string[],
) {
  const ref = `s${++refs}`
  socket.say({ type: 'presence.subscribe', ref, channel_id, ...(user_ids && { user_ids }) })
  await world.environment.settle()
  return socket.received().filter((envelope) => envelope.ref === ref)
}

/** Of whom the socket was told what, in that order. */
export const updates = (socket: FakeSocket) =>
  socket.received('presence.update').map(({ user_id, status }) => `${user_id} ${status}`)
