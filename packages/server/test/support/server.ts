import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type ServerOptions, type TidingsServer } from '../../src/index.js'

export const SERVER_KEY = 'a-server-key-of-more-than-32-characters'

export interface TestServer {
  readonly tidings: TidingsServer
  readonly url: string
  readonly port: number
  readonly dataDir: string
  /** A request as a user (whose token is their id), with the server key, or as nobody. */
  call(
    as: string | 'server' | 'nobody',
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answer>
  /** Ends the server and forgets its data. */
  end(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever a route answered
  readonly body: any
}

/** The embedded server on a free port over a new folder; a token is the id of its user. */
export async function startTestServer(options: ServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tidings-test-')))
  const tidings = await createServer({
    authenticate: (token) => {
      if (token === 'bad') throw new Error('a bad token')
      return token
    },
    serverKeys: [SERVER_KEY],
    logLevel: 'silent',
    requestRatePerS: 0,
    sendRatePerS: 0,
    channelRatePerS: 0,
    drainTimeoutMs: 0,
    ...options,
    dataDir,
  })
  const { url, port } = await tidings.listen({ port: 0 })
  return {
    tidings,
    url,
    port,
    dataDir,
    async call(as, method, path, body) {
      const token = as === 'server' ? SERVER_KEY : as
      const answer = await fetch(url + path, {
        method,
        headers: {
          ...(as !== 'nobody' && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      return {
        status: answer.status,
        headers: answer.headers,
        body: text === '' ? undefined : JSON.parse(text),
      }
    },
    async end() {
      await tidings.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
