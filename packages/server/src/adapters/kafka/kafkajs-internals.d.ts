/** What is used of the client library's inside; 2.2.4, its last version, is pinned exactly. */
declare module 'kafkajs/src/consumer/runner.js' {
  class Runner {
    constructor(options: object)
    running: boolean
    readonly fetchManager: { stop(): Promise<void> }
    fetch(nodeId: string): Promise<readonly unknown[]>
    start(): Promise<void>
    stop(): Promise<void>
  }
  export = Runner
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  interface PushedRequest {
    readonly entry: { readonly correlationId: number }
    readonly expectResponse: boolean
    sendRequest(): void
  }
  class RequestQueue {
    constructor(options: object)
    readonly pending: readonly unknown[]
    push(request: PushedRequest): void
    fulfillRequest(response: {
      readonly correlationId: number
      readonly payload: Buffer
      readonly size: number
    }): void
    maybeThrottle(timeMs: number): void
    checkPendingRequests(): void
    scheduleCheckPendingRequests(): void
  }
  export = RequestQueue
}
