import { connect } from 'node:net'
import type { RedisService } from '../addresses.js'
import { ensurePrograms } from '../install/programs.js'
import type { NativeNode } from '../run/node.js'
import type { Run } from '../run/run.js'

const readyWithinMs = 20_000

/** One Redis without persistence: what it holds, Tidings can lose. */
export function startRedis(run: Run): Promise<RedisService> {
  return run.step('Redis', async () => {
    const { redis } = await ensurePrograms(['redis'], run.progress)
    const node = await redisNode(run, redis, 'redis', await run.ports.take())
    await node.start()
    return { url: `redis://${node.address}`, hosts: [node.address], nodes: [node] }
  })
}

/** A server of any set-up; `settings` are lines of its configuration. */
export async function redisNode(
  run: Run,
  program: string,
  name: string,
  port: number,
  settings: readonly string[] = [],
): Promise<NativeNode> {
  const folder = await run.makeFolder(name)
  const args = [
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ]
  return run.node({
    name,
    address: `127.0.0.1:${port}`,
    command: program,
    args: [...args.map(String), ...settings],
    options: { cwd: folder },
    readyWithinMs,
    isReady: () => answersPing(port),
  })
}

/** Not by a client: a PING is a line of text. */
export function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const settle = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.setTimeout(1000, () => settle(false))
    socket.once('error', () => settle(false))
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', (answer) => settle(answer.toString().startsWith('+PONG')))
  })
}
