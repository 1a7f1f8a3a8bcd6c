import { write } from '../envelopes.js'
import type { Handler } from './index.js'

/** The client's own clock goes back to it unchanged (P-72). */
export const ping: Handler<'ping'> = (_, connection, { ts, ref }) => {
  connection.tell(write({ type: 'pong', ts, ...(ref !== undefined && { ref }) }))
}
