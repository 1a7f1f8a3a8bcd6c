import { connect } from 'node:net'

/**
 * One command to one node, and the beginning of its answer as text. Not by a client, which would follow
 * redirections and sentinels: here it matters what this very node says.
 */
export function askRedis(host: string, command: string): Promise<string> {
  const [hostname, port] = host.split(':')
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect({ host: hostname, port: Number(port) })
    socket.setEncoding('utf8')
    socket.setTimeout(2000, () => socket.destroy(new Error(`${host} does not answer`)))
    // The node answers, then sees our end and closes: what was read until then is the whole answer.
    socket.end(`${command}\r\n`)
    socket.on('data', (text: string) => {
      answer += text
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(answer))
  })
}

export const answersPing = async (host: string): Promise<boolean> =>
  (await askRedis(host, 'PING')).startsWith('+PONG')
