/**
 * Which request made a command: for log lines, and for whoever goes on with the trace. It stands in the command, and
 * nothing is ever decided by it (R5).
 */
export interface RequestContext {
  readonly requestId: string
  /** W3C `traceparent`. */
  readonly trace?: string
  /** W3C `tracestate`, bounded; not sent to gateways, which hand it to nobody. */
  readonly traceState?: string
}

/** That alone, of whatever holds it. */
export const requestOf = ({ requestId, trace, traceState }: RequestContext): RequestContext => ({
  requestId,
  ...(trace !== undefined && { trace }),
  ...(traceState !== undefined && { traceState }),
})
