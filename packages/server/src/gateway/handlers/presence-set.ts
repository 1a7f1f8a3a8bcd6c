import type { Handler } from './index.js'
import { notServed } from './not-served.js'

/** What the client says of the person; it stands until it says otherwise. */
export const presenceSet: Handler<'presence.set'> = (core, connection, frame) => {
  if (core.parts.presence === undefined) return notServed(core, connection, frame)
  const away = frame.status === 'away'
  if (connection.away === away) return
  connection.away = away
  core.presence.changed(connection.user)
}
