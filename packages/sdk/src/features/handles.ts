import { checkId } from '../arguments.js'

/** One handle for each channel that was asked for, made when it first is. */
export interface Handles<H> {
  /** Throws `invalid_argument` for what cannot be an id. */
  in(channelId: string): H
  /** That of a frame's channel, if there is one already. */
  of(frame: object): H | undefined
  /** That of a channel, if there is one already. */
  at(channel: { readonly id: string }): H | undefined
  all(): Iterable<H>
}

export function createHandles<H>(make: (channelId: string) => H): Handles<H> {
  const handles = new Map<string, H>()
  return {
    in(channelId) {
      checkId('channelId', channelId)
      let handle = handles.get(channelId)
      if (!handle) {
        handle = make(channelId)
        handles.set(channelId, handle)
      }
      return handle
    },
    of: (frame) => handles.get((frame as { channel_id?: string }).channel_id ?? ''),
    at: ({ id }) => handles.get(id),
    all: () => handles.values(),
  }
}
