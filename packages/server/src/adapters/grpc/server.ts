import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  type ServerErrorResponse,
  setLogger,
  status,
} from '@grpc/grpc-js'
import type { PushReceiver, Removal, SessionEnding } from '../../ports/push.js'
import {
  BusListenError,
  type BusSecurity,
  processOf,
  refusal,
  requireSecurity,
  serverCredentials,
} from './credentials.js'
import type * as wire from './generated/tidings/bus/v1/bus.js'
import { type BusServer, BusService } from './generated/tidings/bus/v1/bus.js'
import { fromWire } from './messages.js'

export interface BusServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly security: BusSecurity
  /** Largest message that is taken, in bytes; a larger one ends its stream. */
  readonly maxMessageBytes: number
  /** Who takes part here, by id. */
  readonly receivers: ReadonlyMap<string, PushReceiver>
  /** Told when somebody fails to take a push. */
  readonly onError: (error: unknown) => void
}

export interface ListeningBus {
  readonly port: number
  /** Ends the streams of a process that left. */
  left(processId: string): void
  /** Ends every stream and call at once. */
  close(): void
}

type PushStream = Parameters<
  handleBidiStreamingCall<wire.PushEventsRequest, wire.PushEventsResponse>
>[0]

const NOT_HERE: Partial<ServerErrorResponse> = {
  code: status.NOT_FOUND,
  details: 'this process is not here',
}

/** Takes pushes from other processes. Rejects with BusListenError where it may not, or cannot, listen. */
export async function listenForPushes(options: BusServerOptions): Promise<ListeningBus> {
  const { host, security, receivers } = options
  requireSecurity(host, security)
  const streams = new Map<string, Set<PushStream>>()

  const pushEvents: BusServer['pushEvents'] = (stream) => {
    const processId = processOf(stream.metadata)
    const refused = refusal(security, stream.metadata)
    if (refused !== undefined || !receivers.has(processId)) {
      stream.on('error', () => undefined)
      stream.emit('error', refused ?? NOT_HERE)
      return
    }
    const open = streams.get(processId) ?? new Set()
    streams.set(processId, open.add(stream))
    takeStream(
      stream,
      (message) => receivers.get(processId)?.receive(fromWire(message)),
      options.onError,
    )
    stream.on('close', () => open.delete(stream))
    // the sender waits for this: from here on its deadlines are those of pushes
    stream.sendMetadata(new Metadata())
  }

  /** A call for a process: what it answers, once it has done so. */
  const unary =
    <Q>(
      run: (receiver: PushReceiver, request: Q) => Promise<void> | undefined,
    ): handleUnaryCall<Q, object> =>
    (call, respond) => {
      const refused = refusal(security, call.metadata)
      const receiver = receivers.get(processOf(call.metadata))
      if (refused !== undefined || receiver === undefined) return respond(refused ?? NOT_HERE)
      Promise.resolve(run(receiver, call.request)).then(
        () => respond(null, {}),
        (error: unknown) => {
          options.onError(error)
          respond({ code: status.FAILED_PRECONDITION, details: 'the process could not do it' })
        },
      )
    }

  const server = new Server({
    'grpc.max_receive_message_length': options.maxMessageBytes,
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 3_000,
  })
  server.addService(BusService, {
    pushEvents,
    confirmRemoval: unary((receiver, request: wire.ConfirmRemovalRequest) =>
      receiver.confirmRemoval(removalFromWire(request)),
    ),
    invalidateMemberships: unary((receiver, request: wire.InvalidateMembershipsRequest) =>
      receiver.invalidate?.(request.changes),
    ),
    endSessions: unary((receiver, request: wire.EndSessionsRequest) =>
      receiver.endSessions?.(endingFromWire(request)),
    ),
  })
  const port = await bind(server, options)
  return {
    port,
    left(processId) {
      for (const stream of streams.get(processId) ?? []) stream.emit('error', NOT_HERE)
      streams.delete(processId)
    },
    close: () => server.forceShutdown(),
  }
}

/** Takes each message as it comes, and says at the end of a turn how far it is. */
function takeStream(
  stream: PushStream,
  take: (message: wire.PushEventsRequest) => void,
  onError: (error: unknown) => void,
): void {
  let taken = 0
  let failed: number[] = []
  let isAnswering = false
  let isOver = false
  const answer = (): void => {
    isAnswering = false
    if (isOver) return
    stream.write({ taken, failed })
    failed = []
  }
  stream.on('data', (message) => {
    try {
      take(message)
    } catch (error) {
      failed.push(message.number)
      onError(error)
    }
    taken = message.number
    if (isAnswering) return
    isAnswering = true
    setImmediate(answer)
  })
  const over = (): void => {
    isOver = true
  }
  stream.on('error', over)
  stream.on('cancelled', over)
  stream.on('close', over)
  stream.on('end', () => {
    over()
    stream.end()
  })
}

function removalFromWire({ reason, ...removal }: wire.ConfirmRemovalRequest): Removal {
  return reason === 'left' || reason === 'kicked' || reason === 'banned'
    ? { ...removal, reason }
    : removal
}

function endingFromWire(request: wire.EndSessionsRequest): SessionEnding {
  const { userId, deviceId, tokenId, reason } = request
  return {
    userId,
    ...(deviceId !== '' && { deviceId }),
    ...(tokenId !== '' && { tokenId }),
    reason: reason === 'forbidden' ? 'forbidden' : 'ended',
  }
}

/** What grpc-js prints of an error that it gives to `bind` as well, where it is told in words. */
const TOLD_BY_BIND = 'No address added out of total'

/** All else that it prints, at the verbosity that GRPC_VERBOSITY names, stays. */
function print(message: unknown): void {
  if (!String(message).startsWith(TOLD_BY_BIND)) process.stderr.write(`${message}\n`)
}

function bind(server: Server, { host, port, security }: BusServerOptions): Promise<number> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  setLogger({ error: print, info: print, debug: print })
  return new Promise((resolve, reject) => {
    server.bindAsync(address, serverCredentials(security), (error, bound) => {
      if (error === null) return resolve(bound)
      reject(
        new BusListenError(
          `The bus cannot listen on ${address}.`,
          'Choose another busHost or busPort.',
          error,
        ),
      )
    })
  })
}
