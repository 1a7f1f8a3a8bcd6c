import type { Broadcast } from './port.js'

const NOTHING: Broadcast = { post() {}, close() {} }

/**
 * A BroadcastChannel, or nothing where there is none, or none for a page whose site data is blocked:
 * then other tabs learn of a change when they look into the storage, as they do anyway.
 */
export function openBroadcastChannel(
  name: string,
  onMessage: (message: unknown) => void,
): Broadcast {
  try {
    const channel = new BroadcastChannel(`tidings:${name}`)
    channel.onmessage = ({ data }: { data: unknown }) => onMessage(data)
    // Node: telling others is no reason to live.
    ;(channel as { unref?: () => void }).unref?.()
    return {
      post: (message) => channel.postMessage(message),
      close: () => channel.close(),
    }
  } catch {
    return NOTHING
  }
}
