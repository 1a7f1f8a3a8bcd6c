import type { CommandFrame, RestSent } from '@tidings/protocol'
import { epochField } from '@tidings/protocol'
import type { Acceptance } from '../acceptance/port.js'
import type { Inbox } from '../fan-out/inbox.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { Answer } from '../ports/push.js'
import type { RequestContext } from '../stream/request-context.js'
import { tellAnswered } from '../trace/pushes.js'
import type { StepLog } from '../trace/steps.js'
import { type Actor, OperationError } from './actor.js'
import { authoriseInChannel, type StandingSources } from './standing.js'

export interface MessageOperationsOptions extends StandingSources {
  readonly environment: ServerEnvironment
  readonly acceptance: Acceptance
  readonly inbox: Inbox
  readonly processId: string
  readonly nextRequestId: () => string
  /** How long to wait for the result before answering `unavailable`, outcome unknown. */
  readonly ackTimeoutMs: number
  /** Told of each answer. */
  readonly steps?: StepLog | undefined
}

/** A command without what the server fills in where it was left out. */
export type CommandDraft = Omit<CommandFrame, 'client_msg_id' | 'first_try_ts'> & {
  readonly client_msg_id?: string | undefined
  readonly first_try_ts?: number | undefined
}

/** Sending, editing, deleting and reacting over HTTP and in process: the same path as a socket's. */
export function createMessageOperations(options: MessageOperationsOptions) {
  const { environment, acceptance, inbox } = options
  const giveUps = new Set<() => void>()
  const whenAnswered = new Set<() => void>()

  /** Resolves when the command is durable and numbered (I1); rejects with the code of its refusal. */
  async function submit(
    actor: Actor,
    asUserId: string | undefined,
    draft: CommandDraft,
    request: RequestContext,
  ): Promise<RestSent> {
    const userId = authorOf(actor, asUserId)
    // acceptance checks a user's membership; the server has none, so that the channel is there is checked here
    if (actor.kind === 'server')
      await authoriseInChannel(options, actor, draft.channel_id, draft.type)
    const replyTo = `request:${options.nextRequestId()}`
    const answered = expectAnswer(replyTo)
    const [verdict] = await acceptance.submit([
      {
        userId,
        frame: {
          ...draft,
          client_msg_id: draft.client_msg_id ?? environment.randomId(),
          first_try_ts: draft.first_try_ts ?? environment.now(),
        } as CommandFrame,
        origin: { processId: options.processId, replyTo },
        ...request,
        asServer: actor.kind === 'server',
      },
    ])
    if (verdict === undefined || verdict.status === 'refused') {
      answered.cancel()
      if (verdict === undefined) throw new OperationError('internal')
      throw new OperationError(verdict.code, verdict.message, {
        outcome: verdict.outcome,
        ...(verdict.retryAfterMs !== undefined && { retryAfterMs: verdict.retryAfterMs }),
      })
    }
    return sentOf(await answered.promise)
  }

  function expectAnswer(replyTo: string): { promise: Promise<Answer>; cancel(): void } {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    // acceptance may take longer than the answer is waited for: until then nobody looks at it
    promise.catch(() => undefined)
    const stop = inbox.expect(replyTo, (answer) => {
      cancel()
      tellAnswered(options.steps, answer)
      resolve(answer)
    })
    const giveUp = (): void => {
      cancel()
      reject(
        new OperationError(
          'unavailable',
          'No result came in time; try again with the same client_msg_id.',
        ),
      )
    }
    const deadline = environment.setTimer(giveUp, options.ackTimeoutMs)
    giveUps.add(giveUp)
    function cancel(): void {
      stop()
      environment.clearTimer(deadline)
      giveUps.delete(giveUp)
      if (giveUps.size > 0) return
      for (const resolve of whenAnswered) resolve()
      whenAnswered.clear()
    }
    return { promise, cancel }
  }

  /** Whoever still waits gets `unavailable`: no answer comes any more. */
  function close(): void {
    for (const giveUp of giveUps) giveUp()
  }

  /** Resolves when nobody waits for a result. */
  function answered(): Promise<void> {
    if (giveUps.size === 0) return Promise.resolve()
    return new Promise((resolve) => whenAnswered.add(resolve))
  }

  return { submit, close, answered }
}

export type MessageOperations = ReturnType<typeof createMessageOperations>

function authorOf(actor: Actor, asUserId: string | undefined): string {
  if (actor.kind === 'user') {
    if (asUserId !== undefined && asUserId !== actor.userId) {
      throw new OperationError('forbidden', 'Only a server key may act as another user.')
    }
    return actor.userId
  }
  if (asUserId === undefined)
    throw new OperationError('invalid_frame', 'user_id: a server key must say as whom it acts')
  return asUserId
}

function sentOf({ id, result, deduplicated }: Answer): RestSent {
  if (result.status === 'rejected') throw new OperationError(result.code, result.message)
  return {
    client_msg_id: id.clientMsgId,
    channel_id: id.channelId,
    ...epochField(result.epoch),
    ...(result.status === 'accepted' ? { channel_seq: result.channelSeq } : { noop: true }),
    message_id: result.messageId,
    ts: result.ts,
    deduplicated,
  }
}
