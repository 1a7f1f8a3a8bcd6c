import { placeOfRun } from '../../support/place-of-run.js'

/** The web chat at one address, and what happens to that which serves it. */
export interface Chat {
  readonly url: string
  /** At the same address each time. Resolves when it answers. */
  start(): Promise<void>
  /** Whatever serves is gone as by a power cut. */
  kill(): Promise<void>
  /**
   * Puts so many messages into the channel general, while it runs or is killed; who was connected when it was killed
   * does not hear them before it is started. Resolves to their texts in the order of their numbers.
   */
  fill(count: number): Promise<readonly string[]>
  /** Ends it and takes its data away. */
  remove(): Promise<void>
}

const make =
  placeOfRun() === 'cluster'
    ? (await import('./chat-cluster.js')).newChatCluster
    : async () => new (await import('./chat-server.js')).ChatServer()

/** The chat of this run: on one embedded server, or on a cluster. */
export const newChat = (): Promise<Chat> => make()
