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
