import type { BaseClient } from '../client.js'
import type { FrameForms } from '../connection/guard.js'
import type { Connection } from '../connection/port.js'
import type { Environment } from '../environment/port.js'

/** What a feature gets of the client that it is given to. */
export interface FeatureContext {
  /** Itself, without what features add. */
  readonly client: BaseClient
  readonly connection: Connection
  readonly environment: Environment
  /** The client's user; undefined until the first connection says it, unless it was told. */
  readonly userId: () => string | undefined
  /** The user has read so many messages of a channel: its unread count follows; it never goes back. */
  markRead(channelId: string, messageCount: number): void
  /** Called when the client closes: a feature leaves no timer and no listener behind (I9). */
  onClose(cleanUp: () => void): void
}

/**
 * Something a client can do besides messages: given as `createClient({ features: [typing()] })` it
 * is there, typed, as `client.typing`. What is not imported costs nothing.
 */
export interface Feature<Name extends string = string, Api = unknown> {
  /** Its name on the client. */
  readonly name: Name
  /** Said to the server in `hello`, where the feature needs it to. */
  readonly capabilities?: readonly string[]
  /** Frames of the server that it listens for: others are dropped before anybody sees them. */
  readonly frames?: FrameForms
  setup(context: FeatureContext): Api
}

/** What a list of features adds to the client. */
export type FeatureApis<F extends readonly Feature[]> = {
  readonly [K in F[number] as K['name']]: ReturnType<K['setup']>
}
