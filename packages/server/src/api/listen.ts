import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ListenOptions } from '../server.js'

/** The address cannot be listened on: what is wrong in `message`, what to do in `remedy`. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  constructor(
    message: string,
    readonly remedy: string,
    cause?: unknown,
  ) {
    super(message, { cause })
  }
}

/** Refuses what Node would take for any port, or for every address of this machine. */
export function checkListenOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new ListenError('listen() takes an object.', 'Call it as listen({ port: 8080 }).')
  }
  const { port, host } = options as ListenOptions
  if (typeof port === 'object') throw noPort(port === null ? 'null' : 'An object')
  if (host !== undefined && (typeof host !== 'string' || host === '')) {
    throw new ListenError('The host is no address of this machine.', 'Name one, or leave it out.')
  }
}

const noPort = (port: unknown, cause?: unknown): ListenError =>
  new ListenError(
    `${port} is not a port.`,
    'Choose a whole number from 0 to 65535 with --port.',
    cause,
  )

/** Listens, and says in words why not. Resolves to the port that was taken. */
export function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(listenError(error, host, port))
    server.once('error', onError)
    try {
      server.listen({ host, port }, () => {
        server.off('error', onError)
        resolve((server.address() as AddressInfo).port)
      })
    } catch (error) {
      onError(error as NodeJS.ErrnoException)
    }
  })
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new ListenError(
        `Port ${port} on ${host} is taken by another program.`,
        'Stop that program, or choose another port with --port.',
        error,
      )
    case 'EACCES':
      return new ListenError(
        `This user may not listen on port ${port}.`,
        'Choose a port above 1023 with --port.',
        error,
      )
    case 'ERR_SOCKET_BAD_PORT':
      return noPort(port, error)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ListenError(
        `${host} is not an address of this machine.`,
        'Choose another one with --host.',
        error,
      )
    default:
      return error
  }
}

/** An address that a browser can open. */
export function urlOf(host: string, port: number): string {
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}
