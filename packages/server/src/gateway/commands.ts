import type { CommandFrame } from '@tidings/protocol'
import type { CommandRequest, CommandVerdict } from '../acceptance/port.js'
import { type Connection, replyTo } from './connection.js'
import type { Core } from './core.js'
import { answerError, echoOf } from './inbound.js'
import type { GatewayParts } from './parts.js'

/** The commands of a turn, of all connections: they go to acceptance together, in the order in which they came. */
export class Commands {
  private requests: CommandRequest[] = []
  private senders: Connection[] = []

  constructor(private readonly core: Core) {}

  collect(connection: Connection, frame: CommandFrame): void {
    const { core } = this
    const userId = connection.identity?.userId
    if (userId === undefined) return
    this.requests.push({
      userId,
      frame,
      origin: {
        processId: core.parts.processId,
        replyTo: replyTo(connection, frame, core.options.maxUnanswered),
      },
      requestId: core.parts.nextRequestId(),
      ...traceOf(core.parts),
    })
    this.senders.push(connection)
    core.delivery.schedule()
  }

  /** Called at the end of a turn. */
  submit(): void {
    if (this.requests.length === 0) return
    const { requests, senders } = this
    this.requests = []
    this.senders = []
    this.core.parts.acceptance.submit(requests).then(
      (verdicts) => {
        requests.forEach((request, i) => {
          this.settle(request, senders[i], verdicts[i])
        })
      },
      (error: unknown) => this.core.failed(error, 'accepting commands'),
    )
  }

  /** What is in the log is answered by what becomes of it; a refusal is answered here. */
  private settle(
    { frame, origin }: CommandRequest,
    connection: Connection | undefined,
    verdict: CommandVerdict | undefined,
  ): void {
    if (connection === undefined || verdict?.status !== 'refused') return
    const number = Number(origin.replyTo.slice(origin.replyTo.lastIndexOf('/') + 1))
    if (!connection.unanswered?.delete(number)) return
    const { code, message, outcome, retryAfterMs } = verdict
    answerError(this.core, connection, code, { ...echoOf(frame), message, outcome, retryAfterMs })
  }
}

/** Each command begins a trace: the protocol has no field in which a client could bring its own. */
const traceOf = ({ traces }: GatewayParts) =>
  traces === undefined ? undefined : { trace: traces.begin() }
