/** Who is typing: `createClient({ features: [typing()] })`, then `client.typing`. */
import { given } from '../../arguments.js'
import type { Feature, FeatureContext } from '../feature.js'
import { createHandles } from '../handles.js'
import { checkMs } from '../options.js'
import { type ChannelTyping, createTypingHandle } from './channel-typing.js'
import { createSpeaker } from './speaker.js'

export type { Readable } from '../readable.js'
export type { ChannelTyping } from './channel-typing.js'

export interface TypingOptions {
  /** While the user goes on typing others are told again this often, in milliseconds. @default 3 000 */
  readonly repeatMs?: number | undefined
  /** The user has stopped this long after the last `start()`, in milliseconds. @default 5 000 */
  readonly stopAfterMs?: number | undefined
}

/** Typing in the channels of a client. Never stored, and dropped first where there is too much. */
export interface Typing {
  /** The one handle of a channel; costs nothing. Throws `invalid_argument` for a wrong id. */
  in(channelId: string): ChannelTyping
}

/** Somebody who was heard of counts as typing for this long, in milliseconds (P-97). */
export const TYPING_EXPIRY_MS = 6_000

const FRAMES = { 'typing.update': 'channel_id:s user_id:s state:s' }

/** Makes the feature. Throws `invalid_argument` for times that cannot be. */
export function typing(options?: TypingOptions) {
  const { repeatMs = 3_000, stopAfterMs = 5_000 } = given(options)
  checkMs({ repeatMs, stopAfterMs })
  const times = { repeatMs, stopAfterMs, expiresAfterMs: TYPING_EXPIRY_MS }
  return {
    name: 'typing',
    frames: FRAMES,
    setup: (context): Typing => setUp(context, times),
  } as const satisfies Feature
}

function setUp(
  { client, connection, environment, userId, onClose }: FeatureContext,
  times: Parameters<typeof createSpeaker>[4],
): Typing {
  let count = 0
  const handles = createHandles((channelId) => {
    const ref = `typing ${++count}`
    const speaker = createSpeaker(channelId, ref, connection, environment, times)
    return createTypingHandle(speaker, environment, TYPING_EXPIRY_MS)
  })
  onClose(
    connection.on('disconnected', () => {
      for (const { clear, speaker } of handles.all()) {
        clear()
        speaker.forget()
      }
    }),
  )
  onClose(client.channels.on('added', ({ channel }) => handles.at(channel)?.speaker.unmute()))
  onClose(
    connection.on('frame', (frame, session) => {
      if (frame.type === 'error') {
        if (!frame.ref || frame.retryable) return
        for (const { speaker } of handles.all()) {
          if (speaker.ref === frame.ref) speaker.mute(session)
        }
        return
      }
      if (frame.type === 'channel.changed') handles.of(frame.channel)?.speaker.unmute()
      const handle = handles.of(frame)
      if (!handle || !connection.canSend) return
      if (frame.type === 'channel.removed') {
        handle.clear()
        handle.speaker.forget()
      } else if (frame.type === 'typing.update') {
        if (frame.user_id !== userId()) handle.heard(frame.user_id, frame.state === 'start')
      } else if (frame.type === 'message.new') {
        if (frame.user_id === userId()) handle.speaker.forget()
        else handle.heard(frame.user_id, false)
      }
    }),
  )
  onClose(() => {
    for (const handle of handles.all()) handle.close()
  })
  return { in: (channelId) => handles.in(channelId).surface }
}
