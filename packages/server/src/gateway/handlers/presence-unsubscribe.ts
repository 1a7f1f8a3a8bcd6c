import type { Handler } from './index.js'
import { notServed } from './not-served.js'

/** From here on nothing of it is told; of a channel that was not subscribed nothing was. */
export const presenceUnsubscribe: Handler<'presence.unsubscribe'> = (core, connection, frame) => {
  if (core.parts.presence === undefined) return notServed(core, connection, frame)
  core.channels.get(frame.channel_id)?.unwatch(connection)
}
