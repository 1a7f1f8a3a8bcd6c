import { type ConnectionOptions, createConnection } from '../../src/connection/connection.js'
import type { ClientConnection } from '../../src/connection/port.js'
import type { StateName } from '../../src/connection/states.js'
import type { TokenRequest } from '../../src/connection/token.js'
import { testAck } from '../../src/testing/frames.js'
import { type VirtualEnvironment, VirtualWorld } from '../../src/testing/virtual-environment.js'
import type { VirtualServerSocket } from '../../src/testing/virtual-socket.js'

/** What a page has open that holds nothing. */
export const NOTHING = { timers: 0, sockets: 0, locks: 0, broadcasts: 0, signalListeners: 0 }

export interface Setup {
  world: VirtualWorld
  page: VirtualEnvironment
  connection: ClientConnection
  asked: TokenRequest[]
  states: StateName[]
  frames: string[]
  log: string[]
}

/** A page with a connection whose hellos are greeted, and what it was asked, was in, and heard. */
export function setUp(options: Partial<ConnectionOptions> = {}): Setup {
  const world = new VirtualWorld()
  const page = world.createEnvironment()
  const asked: TokenRequest[] = []
  const connection = createConnection(page, {
    url: 'wss://chat.example.com/v1/ws',
    getToken: (request) => {
      asked.push(request)
      return `token ${asked.length}`
    },
    deviceId: 'device',
    capabilities: [],
    attemptTimeoutMs: 15_000,
    positions: () => [],
    ...options,
  })
  const states: StateName[] = []
  const frames: string[] = []
  const log: string[] = []
  connection.on('state', ({ name }) => void states.push(name))
  connection.on('frame', ({ type }, session) => void frames.push(`${session} ${type}`))
  connection.on('connected', (_ack, session) => void log.push(`connected ${session}`))
  connection.on('disconnected', (session, code) => void log.push(`disconnected ${session} ${code}`))
  world.onSocket = greetEach()
  return { world, page, connection, asked, states, frames, log }
}

/** A server that greets every hello. */
export const greetEach =
  (ack = testAck()) =>
  (socket: VirtualServerSocket): void => {
    socket.accept()
    socket.onEnvelope = ({ type, ts }) => {
      if (type === 'hello') socket.send(ack)
      if (type === 'ping') socket.send({ type: 'pong', ts })
    }
  }

export const connected =
  ({ connection }: Setup) =>
  (): boolean =>
    connection.state.name === 'connected'
