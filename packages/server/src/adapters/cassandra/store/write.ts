import { StoreUnavailable } from '../../../ports/message-store.js'
import { TooBig } from '../session/errors.js'
import type { Session } from '../session/session.js'
import type { Stage, WriteRequest } from './write-plan.js'

/**
 * Writes stage after stage. After a failure nothing new is begun, and what is under way is waited for: then the
 * caller may write the same again (R2).
 */
export async function writeStages(
  session: Pick<Session, 'write'>,
  stages: readonly Stage[],
): Promise<void> {
  for (const stage of stages) {
    let failure: { readonly error: unknown } | undefined
    const inOrder = async (requests: readonly WriteRequest[]) => {
      for (const request of requests) {
        if (failure !== undefined) return
        try {
          await writeParts(session, request)
        } catch (error) {
          failure ??= { error }
        }
      }
    }
    await Promise.all(stage.map(inOrder))
    if (failure !== undefined) throw failure.error
  }
}

/** What a node refuses as too big is written in two halves, in order: no number without the one before (I4, R6). */
async function writeParts(session: Pick<Session, 'write'>, request: WriteRequest): Promise<void> {
  try {
    await session.write(request)
  } catch (error) {
    if (!(error instanceof TooBig)) throw error
    if (request.length === 1) {
      throw new StoreUnavailable(
        `${error.message} It is a single event: raise max_mutation_size, commitlog_segment_size and native_transport_max_frame_size in cassandra.yaml.`,
        { cause: error },
      )
    }
    const middle = Math.ceil(request.length / 2)
    await writeParts(session, request.slice(0, middle))
    await writeParts(session, request.slice(middle))
  }
}
