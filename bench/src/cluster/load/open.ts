import type { RoleProcess } from '../world/process.js'
import type { ClusterWorld } from '../world/world.js'
import { Client } from './client.js'

export interface Crowd {
  readonly channels: number
  /** Members of each channel, all of them connected, one after the other to the next gateway. */
  readonly members: number
  /** Stands before the names of channels, so that crowds do not meet. */
  readonly name: string
}

const OPENING_AT_ONCE = 20

/** Resolves when everybody is a member and connected. */
export async function openCrowd(
  world: ClusterWorld,
  gateways: readonly RoleProcess[],
  { channels, members, name }: Crowd,
): Promise<readonly Client[]> {
  const plans: { readonly channelId: string; readonly userId: string; readonly index: number }[] =
    []
  for (let c = 0; c < channels; c++) {
    const channelId = `${name}-${c}`
    const userIds = Array.from({ length: members }, (_, m) => `${channelId}-u${m}`)
    await world.join(channelId, userIds)
    plans.push(...userIds.map((userId, index) => ({ channelId, userId, index })))
  }
  const clients: Client[] = []
  try {
    let next = 0
    const work = async () => {
      for (let plan = plans[next++]; plan !== undefined; plan = plans[next++]) {
        const gateway = plan.index % gateways.length
        const url = gateways[gateway]?.url ?? ''
        const { channelId, userId } = plan
        const token = world.tokenFor(userId)
        clients.push(await Client.open({ url, token, userId, channelId, gateway }))
      }
    }
    await Promise.all(Array.from({ length: OPENING_AT_ONCE }, work))
    return clients
  } catch (error) {
    for (const client of clients) client.close()
    throw error
  }
}
