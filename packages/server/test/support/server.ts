import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type ServerOptions, type TidingsServer } from '../../src/index.js'
import { type Answered, createAnswerCheck, type Document } from './openapi.js'

export const SERVER_KEY = 'a-server-key-of-more-than-32-characters'

export interface TestServer {
  readonly tidings: TidingsServer
  /** With the base path, if there is one. */
  readonly url: string
  readonly port: number
  readonly dataDir: string
  /** The served OpenAPI document. */
  readonly document: Document
  /**
   * A request as a user (whose token is their id), with the server key, or as nobody. Throws when the answer is
   * not one that the OpenAPI document declares.
   */
  call(
    as: string | 'server' | 'nobody',
    method: string,
    path: string,
    body?: unknown,
    more?: CallOptions,
  ): Promise<Answer>
  /** Ends the server and forgets its data. */
  end(): Promise<void>
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** The body as it is, instead of JSON. */
  readonly raw?: string | Uint8Array<ArrayBuffer>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever a route answered
  readonly body: any
}

export const newDataDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'tidings-test-'))

/** What most tests need: a token is the id of its user, and no limits. */
export const TEST_OPTIONS: ServerOptions = {
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
}

/** The embedded server on a free port over a new folder. */
export async function startTestServer(options: ServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await newDataDir())
  const tidings = await createServer({ ...TEST_OPTIONS, ...options, dataDir })
  const { url, port } = await tidings.listen({ port: 0 })
  const base = url + (options.basePath ?? '')
  const answer = await fetch(`${base}/v1/openapi.json`)
  const document = (await answer.json()) as Document
  const check = createAnswerCheck(document)
  return {
    tidings,
    url: base,
    port,
    dataDir,
    document,
    call: (as, method, path, body, more) => call(base, check, { as, method, path, body, more }),
    async end() {
      await tidings.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

interface Call {
  readonly as: string
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly more: CallOptions | undefined
}

async function call(
  base: string,
  check: (answer: Answered) => void,
  { as, method, path, body, more = {} }: Call,
): Promise<Answer> {
  const token = as === 'server' ? SERVER_KEY : as
  const sent = more.raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const answer = await fetch(base + path, {
    method,
    headers: {
      ...(as !== 'nobody' && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...more.headers,
    },
    ...(sent !== undefined && { body: sent }),
  })
  const text = await answer.text()
  const contentType = answer.headers.get('content-type')
  const read = contentType?.startsWith('application/json') && text !== '' ? JSON.parse(text) : text
  const fullPath = new URL(base + path).pathname
  check({ method, path: fullPath, status: answer.status, contentType, body: read })
  return {
    status: answer.status,
    headers: answer.headers,
    body: read === '' ? undefined : read,
  }
}
