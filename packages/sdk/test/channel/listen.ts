import type { Line } from './fake-server.js'

/** What a channel says, in short. */
export async function listen(line: Line, id = 'general') {
  const channel = line.sync.channel(id)
  const said: string[] = []
  channel.on('message', (message) => said.push(message.text))
  channel.on('gap', ({ fromSeq, toSeq, reason }) => said.push(`gap ${fromSeq}-${toSeq} ${reason}`))
  channel.on('sync', ({ state, recovered }) => said.push(`${state} ${recovered}`))
  channel.on('reset', ({ epoch, fromSeq }) => said.push(`reset ${epoch} from ${fromSeq}`))
  await line.settle()
  return { channel, said: () => said.splice(0) }
}
