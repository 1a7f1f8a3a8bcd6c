import { SequencerAlarm, UnknownCommand } from '../sequencer/index.js'
import type { RequestContext } from '../stream/request-context.js'
import type { StepLog } from '../trace/steps.js'
import { readTraceparent } from '../trace/traceparent.js'
import type { Logger } from './log.js'

/** What every line about a request says of it. */
export interface RequestLabels {
  readonly request_id: string
  readonly trace_id?: string
  readonly span_id?: string
}

export function labelsOf({ requestId, trace }: RequestContext): RequestLabels {
  const read = readTraceparent(trace)
  return read === undefined
    ? { request_id: requestId }
    : { request_id: requestId, trace_id: read.traceId, span_id: read.spanId }
}

/** What a line about an error says of the request that it befell; nothing where it was none. */
export function labelsOfError(error: unknown, request?: RequestContext): Partial<RequestLabels> {
  const known =
    error instanceof SequencerAlarm || error instanceof UnknownCommand ? error.request : request
  return known === undefined ? {} : labelsOf(known)
}

/** A line at level debug for each step of each command: `grep` for a `trace_id` over all processes is its way. */
export function createStepLog(log: Logger, processId: string): StepLog {
  return {
    isOn: () => log.isLevelEnabled('debug'),
    tell(step, request, detail) {
      log.debug({ ...labelsOf(request), process_id: processId, ...detail }, `command ${step}`)
    },
  }
}
