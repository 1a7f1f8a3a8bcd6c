import { HttpResponse } from 'msw'
import { type SetupServer, setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { createRestClient, type RestClientOptions } from '../../src/rest/index.js'
import { VirtualWorld } from '../../src/testing/virtual-environment.js'

export const API = 'https://chat.example.com/v1'

/** What answers at `API` while the tests of a file run, as each test says. */
export function useServer(): SetupServer {
  const server = setupServer()
  beforeAll(() => server.listen())
  afterEach(() => server.resetHandlers())
  afterAll(() => server.close())
  return server
}

export const data = (value: unknown, status = 200): Response =>
  HttpResponse.json({ data: value, error: null, request_id: '77' }, { status })
export const failure = (code: string, status: number, more: object = {}): Response =>
  HttpResponse.json(
    { data: null, error: { code, message: 'No.', request_id: '77', retryable: false, ...more } },
    { status },
  )

export const SENT = {
  channel_id: 'general',
  channel_seq: 5,
  message_id: '99',
  ts: 1_700_000_000_000,
  deduplicated: false,
}

export function setUp(options: Partial<RestClientOptions> = {}) {
  const world = new VirtualWorld()
  const rest = createRestClient({
    url: API,
    getToken: () => 'secret',
    environment: world.createEnvironment(),
    ...options,
  })
  /** Moves virtual time on until the call is over. */
  const over = async <T>(call: Promise<T>): Promise<T> => {
    let open = true
    const end = (): void => {
      open = false
    }
    call.then(end, end)
    for (let turn = 0; open && turn < 20_000; turn++) {
      await world.advance(10)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return call
  }
  return { rest, world, over }
}
