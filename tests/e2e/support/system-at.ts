import { createClient } from '@tidings/sdk'
import { createRestClient, type RestClient } from '@tidings/sdk/rest'
import { tokenOf } from '../../support/token.js'
import { Line } from './line.js'
import type { Place } from './place.js'
import type { Device, System } from './system.js'

export const SERVER_KEY = 'the-key-of-the-platform-in-these-tests'

/** The users' view of a place. */
export async function systemAt(place: Place, tokenLifeMs: number | undefined): Promise<System> {
  const devices: Device[] = []
  const tokenFor = (userId: string): string => {
    const expiresAt = tokenLifeMs === undefined ? undefined : Date.now() + tokenLifeMs
    return tokenOf({ userId, expiresAt })
  }
  const rest = (getToken: () => string): RestClient =>
    createRestClient({ url: `${place.apiUrl}/v1`, getToken })
  const platform = rest(() => SERVER_KEY)
  await platform.workspaces.put('home', {})

  return {
    platform,
    as: (userId) => rest(() => tokenFor(userId)),
    async channel(channelId, ...userIds) {
      const [ownerId] = userIds
      await platform.channels.put('home', channelId, {
        kind: 'private',
        ...(ownerId !== undefined && { ownerId }),
      })
      for (const userId of userIds.slice(1)) await platform.channels.putMember(channelId, userId)
    },
    device(userId, more) {
      const line = new Line()
      const asked: string[] = []
      const { gatewayUrls } = place
      const url = gatewayUrls[devices.length % gatewayUrls.length]
      if (url === undefined) throw new Error('there is no gateway')
      const client = createClient({
        url,
        userId,
        storage: 'memory',
        WebSocket: line.WebSocket,
        getToken({ reason }) {
          asked.push(reason)
          return tokenFor(userId)
        },
        ...more,
      })
      const device = { client, line, tokensAsked: () => asked }
      devices.push(device)
      return device
    },
    async endSessions(userId, { refuseForMs } = {}) {
      const query = refuseForMs === undefined ? '' : `?refuse_for_ms=${refuseForMs}`
      const answer = await fetch(`${place.apiUrl}/v1/users/${userId}/sessions${query}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${SERVER_KEY}` },
      })
      if (!answer.ok) throw new Error(await answer.text())
    },
    stop: () => place.stop(),
    start: () => place.start(),
    backup: () => place.backup(),
    restore: (backup) => place.restore(backup),
    async end() {
      await Promise.all(devices.map(({ client }) => client.close()))
      await place.end()
    },
  }
}
