import type { Handler } from './index.js'

/** Adding what is there already is a change of nothing: its ack says so (P-44). */
export const reactionAdd: Handler<'reaction.add'> = (core, connection, frame) => {
  core.commands.collect(connection, frame)
}
