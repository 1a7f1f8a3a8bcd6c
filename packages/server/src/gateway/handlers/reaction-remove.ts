import type { Handler } from './index.js'

/** Removing what is not there is a change of nothing: its ack says so (P-44). */
export const reactionRemove: Handler<'reaction.remove'> = (core, connection, frame) => {
  core.commands.collect(connection, frame)
}
