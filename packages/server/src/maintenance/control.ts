import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import * as z from 'zod/mini'
import { dataDirPaths, readOwnerNote, writeOwnerNote } from '../adapters/sql/sqlite/data-dir.js'
import type { ServerEnvironment } from '../ports/environment.js'
import { MaintenanceError } from './errors.js'
import type { BackupManifest } from './manifest.js'

/** What the command line may ask of the owner of a data folder. */
const request = z.discriminatedUnion('verb', [
  z.object({ verb: z.literal('status') }),
  z.object({ verb: z.literal('backup'), to: z.string().check(z.minLength(1)) }),
])
export type ControlRequest = z.infer<typeof request>

const progress = z.object({ copied: z.number(), total: z.number() })
export type ControlProgress = z.infer<typeof progress>

const answer = z.union([
  z.object({ progress }),
  z.object({ error: z.object({ message: z.string(), remedy: z.string() }) }),
  z.object({ done: z.unknown() }),
])

export interface ControlHandlers {
  status(): OwnerStatus
  backup(options: {
    readonly to: string
    readonly signal: AbortSignal
    readonly onProgress: (progress: ControlProgress) => void
  }): Promise<BackupManifest>
}

export interface OwnerStatus {
  readonly pid: number
  readonly generation: number
  readonly health: string
}

/** Longest that a caller may take to say what it wants. */
const REQUEST_TIMEOUT_MS = 5_000
const REQUEST_MAX_BYTES = 64 * 1024
const CALLERS_MAX = 4
/** The system's limit for the path of a socket is 104 to 108 bytes. */
const SOCKET_PATH_MAX_BYTES = 100

/**
 * Listens, for this user alone, on a socket in the data folder: how `tidings backup` reaches the server that
 * owns the folder. Whoever can open the folder could read the data anyway.
 */
export async function startControl(
  data: { readonly dataDir: string },
  handlers: ControlHandlers,
  environment: Pick<ServerEnvironment, 'setTimer' | 'clearTimer' | 'randomId'>,
): Promise<{ close(): Promise<void> }> {
  const path = await socketPath(data.dataDir, environment.randomId())
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    serve(socket, handlers, environment)
  })
  server.maxConnections = CALLERS_MAX
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  if (process.platform !== 'win32') await chmod(path, 0o600)
  await writeOwnerNote(data.dataDir, { pid: process.pid, control: path })
  return {
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      for (const socket of sockets) socket.destroy()
      await closed
      if (process.platform !== 'win32') await rm(dirname(path), { recursive: true, force: true })
    },
  }
}

/** In a folder of its own that nobody else can enter, so there is no moment at which the socket is open to others. */
async function socketPath(dataDir: string, randomId: string): Promise<string> {
  if (process.platform === 'win32') return `\\\\.\\pipe\\tidings-${randomId}`
  const { control } = dataDirPaths(dataDir)
  const path = join(control, 'socket')
  if (Buffer.byteLength(path) > SOCKET_PATH_MAX_BYTES) {
    return join(await mkdtemp(join(tmpdir(), 'tidings-')), 'socket')
  }
  // what an owner left that was killed
  await rm(control, { recursive: true, force: true })
  await mkdir(control, { mode: 0o700 })
  return path
}

function serve(
  socket: Socket,
  handlers: ControlHandlers,
  environment: Pick<ServerEnvironment, 'setTimer' | 'clearTimer'>,
): void {
  const gone = new AbortController()
  let text = ''
  const deadline = environment.setTimer(() => socket.destroy(), REQUEST_TIMEOUT_MS)
  const say = (what: z.input<typeof answer>): void => {
    if (socket.writable) socket.write(`${JSON.stringify(what)}\n`)
  }
  socket.setEncoding('utf8')
  socket.on('close', () => {
    environment.clearTimer(deadline)
    gone.abort(new Error('the caller is gone'))
  })
  socket.on('data', (chunk: string) => {
    text += chunk
    const end = text.indexOf('\n')
    if (end < 0 && text.length <= REQUEST_MAX_BYTES) return
    environment.clearTimer(deadline)
    socket.removeAllListeners('data')
    perform(text.slice(0, Math.max(end, 0)), handlers, gone.signal, say)
      .then(
        (done) => say({ done }),
        (error: unknown) => say({ error: told(error) }),
      )
      .finally(() => socket.end())
  })
}

async function perform(
  text: string,
  handlers: ControlHandlers,
  signal: AbortSignal,
  say: (what: z.input<typeof answer>) => void,
): Promise<unknown> {
  const asked = z.safeParse(request, parse(text))
  if (!asked.success) {
    throw new MaintenanceError(
      'failed',
      'The owner does not know this request.',
      'Upgrade both to one version.',
    )
  }
  if (asked.data.verb === 'status') return handlers.status()
  return handlers.backup({
    to: asked.data.to,
    signal,
    onProgress: (now) => say({ progress: now }),
  })
}

function told(error: unknown): { message: string; remedy: string } {
  if (error instanceof MaintenanceError) return { message: error.message, remedy: error.remedy }
  const message = error instanceof Error ? error.message : String(error)
  return { message, remedy: 'Look at the log of the server.' }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Asks the owner of a data folder. Rejects with MaintenanceError: `no_owner` when nobody listens there, else
 * what the owner says. Aborting hangs up, by which the owner stops.
 */
export async function askOwner(
  dataDir: string,
  what: ControlRequest,
  options: {
    readonly onProgress?: (progress: ControlProgress) => void
    readonly signal?: AbortSignal
  } = {},
): Promise<unknown> {
  const path = (await readOwnerNote(dataDir))?.control
  if (path === undefined) throw noOwner(dataDir)
  const socket = createConnection(path)
  const hangUp = (): void => void socket.destroy()
  options.signal?.addEventListener('abort', hangUp, { once: true })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.on('error', (cause) => reject(noOwner(dataDir, cause)))
    })
    socket.write(`${JSON.stringify(what)}\n`)
    const lines = createInterface({ input: socket })
    // it does not see by itself that a socket was destroyed
    socket.once('close', () => lines.close())
    for await (const line of lines) {
      const said = z.safeParse(answer, parse(line))
      if (!said.success) continue
      if ('progress' in said.data) options.onProgress?.(said.data.progress)
      else if ('error' in said.data) {
        throw new MaintenanceError('failed', said.data.error.message, said.data.error.remedy)
      } else return said.data.done
    }
    options.signal?.throwIfAborted()
    throw new MaintenanceError(
      'failed',
      'The server went away before it was done.',
      'Look at its log, then try again.',
    )
  } finally {
    options.signal?.removeEventListener('abort', hangUp)
    socket.destroy()
  }
}

const noOwner = (dataDir: string, cause?: unknown): MaintenanceError =>
  new MaintenanceError(
    'no_owner',
    `No running server answers for ${dataDir}.`,
    'Start the server, or name its data folder.',
    cause,
  )
