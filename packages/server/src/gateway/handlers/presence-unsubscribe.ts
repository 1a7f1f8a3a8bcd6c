import type { Handler } from './index.js'
import { notServed } from './not-served.js'

/** From here on nothing of it is told, also of what is not answered yet. */
export const presenceUnsubscribe: Handler<'presence.unsubscribe'> = (core, connection, frame) => {
  if (core.parts.presence === undefined) return notServed(core, connection, frame)
  for (const asked of connection.subscribing ?? []) {
    if (asked.channelId === frame.channel_id) asked.isWanted = false
  }
  core.channels.get(frame.channel_id)?.unwatch(connection)
}
