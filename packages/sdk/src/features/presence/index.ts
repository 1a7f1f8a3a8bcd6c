/** Who is there: `createClient({ features: [presence()] })`, then `client.presence`. */
import { check, given, isFunction } from '../../arguments.js'
import { Emitter, type ListenOptions } from '../../emitter.js'
import { watchPageActivity } from '../../environment/activity.js'
import type { Feature, FeatureContext } from '../feature.js'
import { createHandles } from '../handles.js'
import { checkMs } from '../options.js'
import type { Readable } from '../readable.js'
import {
  type ChannelPresence,
  createPresenceHandle,
  type PresenceChange,
} from './channel-presence.js'
import { createOwnPresence, OWN_REF, type OwnStatus, type WatchActivity } from './own-status.js'
import { createQuestions } from './questions.js'

export type { Readable } from '../readable.js'
export type { ChannelPresence, PresenceChange, PresenceSnapshot } from './channel-presence.js'
export type { OwnStatus, WatchActivity } from './own-status.js'
export type { People, UserPresence } from './people.js'

export interface PresenceOptions {
  /**
   * Nobody active for so long, in milliseconds, makes this user away. Where nothing tells of activity,
   * as in Node, nobody is away by themselves. @default 300 000
   */
  readonly awayAfterMs?: number | undefined
  /** What tells of activity. @default the pointer, the keys and the visibility of the page */
  readonly watchActivity?: WatchActivity | undefined
}

export interface PresenceEvents {
  /** A user of a channel that is subscribed to is somewhere else than before; also found on a reconnect. */
  change(change: PresenceChange): void
}

/** Presence of this user and of the members of channels. */
export interface Presence {
  /** The one handle of a channel; costs nothing. Throws `invalid_argument` for a wrong id. */
  in(channelId: string): ChannelPresence
  on<E extends keyof PresenceEvents>(
    event: E,
    listener: PresenceEvents[E],
    options?: ListenOptions,
  ): () => void
  /** What this connection says of its user; other devices may say otherwise. */
  readonly own: Readable<OwnStatus>
  /** `auto`, which it begins with: online, and away while nobody is active. The others stand until changed. */
  set(status: OwnStatus | 'auto'): void
  /** Somebody is there, in a way that the page does not see. */
  active(): void
}

const FRAMES = {
  'presence.snapshot': 'ref:s channel_id:s users:a has_more:b',
  'presence.update': 'user_id:s channel_id:s status:s last_seen:n?',
}

/** Makes the feature. Throws `invalid_argument` for a time that cannot be. */
export function presence(options?: PresenceOptions) {
  const { awayAfterMs = 300_000, watchActivity = watchPageActivity } = given(options)
  check('watchActivity', watchActivity, isFunction(watchActivity), 'a function')
  checkMs({ awayAfterMs }, Number.POSITIVE_INFINITY)
  return {
    name: 'presence',
    frames: FRAMES,
    setup: (context): Presence => setUp(context, awayAfterMs, watchActivity),
  } as const satisfies Feature
}

function setUp(
  { client, connection, environment, onClose }: FeatureContext,
  awayAfterMs: number,
  watchActivity: WatchActivity,
): Presence {
  const emitter = new Emitter<PresenceEvents>()
  const own = createOwnPresence(connection, environment, awayAfterMs, watchActivity)
  const questions = createQuestions(connection, environment)
  const handles = createHandles((channelId) =>
    createPresenceHandle({
      channelId,
      ask: questions.ask,
      unsubscribe: () =>
        void connection.send({
          type: 'presence.unsubscribe',
          channel_id: channelId,
          ref: 'presence',
        }),
      changed: (change) => emitter.emit('change', change),
    }),
  )

  const offs = [
    connection.on('connected', () => {
      for (const handle of handles.all()) handle.connected()
    }),
    connection.on('disconnected', () => {
      for (const handle of handles.all()) handle.disconnected()
    }),
    // A handle is of a channel's id: what is theirs anew is asked for anew.
    client.channels.on('added', ({ channel }) => handles.at(channel)?.connected()),
    client.channels.on('removed', ({ channel }) => handles.at(channel)?.removed()),
    connection.on('frame', (frame, session) => {
      if (frame.type === 'error' && frame.ref === OWN_REF && !frame.retryable) own.mute(session)
      if (frame.type === 'unreadable' || questions.take(frame)) return
      const handle = handles.of(frame)
      if (frame.type === 'presence.update') handle?.update(frame)
      else if (frame.type === 'member.joined') handle?.joined(frame.user_id)
      else if (frame.type === 'member.left') handle?.left(frame.user_id)
    }),
  ]
  onClose(() => {
    for (const off of offs) off()
    own.close()
    for (const handle of handles.all()) handle.close()
    emitter.clear()
  })

  return {
    in: (channelId) => handles.in(channelId).surface,
    on: (event, listener, more) => emitter.on(event, listener, more),
    own: { getSnapshot: own.status.getSnapshot, subscribe: own.status.subscribe },
    set: own.set,
    active: own.active,
  }
}
