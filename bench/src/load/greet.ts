import type { Dialect } from '../peers/peer.js'
import { LoadSocket } from './socket.js'

/** Opens one client and brings it to where a peer's clients receive. */
export async function greet(
  port: number,
  dialect: Dialect,
  index: number,
  marker?: string,
): Promise<LoadSocket> {
  const socket = await LoadSocket.open({
    port,
    path: dialect.path,
    ...(dialect.protocols !== undefined && { protocols: dialect.protocols }),
    ...(marker !== undefined && { marker }),
  })
  for (const step of dialect.greet(index)) {
    const answered = socket.waitFor((answer) => answer.includes(step.until))
    if (step.send !== undefined) socket.send(step.send)
    await answered
  }
  return socket
}

/** Many at once, a few under way at a time. */
export async function greetAll(
  port: number,
  dialect: Dialect,
  count: number,
  { underWay = 50, from = 0 }: { readonly underWay?: number; readonly from?: number } = {},
): Promise<LoadSocket[]> {
  const sockets: LoadSocket[] = []
  let next = from
  const work = async (): Promise<void> => {
    while (next < from + count) sockets.push(await greet(port, dialect, next++))
  }
  await Promise.all(Array.from({ length: underWay }, work))
  return sockets
}
