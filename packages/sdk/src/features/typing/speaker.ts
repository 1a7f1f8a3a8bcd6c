import type { Connection } from '../../connection/port.js'
import type { Environment } from '../../environment/port.js'

export interface SpeakerTimes {
  readonly repeatMs: number
  readonly stopAfterMs: number
  readonly expiresAfterMs: number
}

/** Says that this user types: at once, again while it goes on, and that it is over. */
export interface Speaker {
  start(): void
  stop(): void
  /** What was said is over without a word: the line was cut, or a message says it. */
  forget(): void
  /** The server will not hear it, in this session. */
  mute(session: number): void
  /** It may hear it now: the channel, or this user's part in it, is another. */
  unmute(): void
  readonly ref: string
}

export function createSpeaker(
  channelId: string,
  ref: string,
  connection: Connection,
  environment: Environment,
  { repeatMs, stopAfterMs, expiresAfterMs }: SpeakerTimes,
): Speaker {
  let saidAtMs: number | undefined
  let timer: unknown
  let mutedSession = 0

  const sinceMs = (): number => environment.monotonicNow() - (saidAtMs ?? 0)
  const say = (state: 'start' | 'stop'): boolean =>
    mutedSession !== connection.session &&
    connection.send({ type: 'typing', ref, channel_id: channelId, state })
  const forget = (): void => {
    environment.clearTimer(timer)
    saidAtMs = undefined
  }
  const stop = (): void => {
    // What others have for over by themselves needs no word.
    const isOn = saidAtMs !== undefined && sinceMs() < expiresAfterMs
    forget()
    if (isOn) say('stop')
  }

  return {
    ref,
    forget,
    stop,
    start() {
      environment.clearTimer(timer)
      if ((saidAtMs === undefined || sinceMs() >= repeatMs) && say('start')) {
        saidAtMs = environment.monotonicNow()
      }
      if (saidAtMs !== undefined) timer = environment.setTimer(stop, stopAfterMs)
    },
    mute(session) {
      forget()
      mutedSession = session
    },
    unmute() {
      mutedSession = 0
    },
  }
}
