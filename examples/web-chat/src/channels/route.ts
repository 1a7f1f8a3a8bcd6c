import { useSyncExternalStore } from 'react'

const subscribe = (listener: () => void): (() => void) => {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

const fromHash = (): string | undefined => {
  const id = /^#\/(.+)$/.exec(location.hash)?.[1]
  try {
    return id === undefined ? undefined : decodeURIComponent(id)
  } catch {
    return undefined
  }
}

/** The channel that the address names: back and forward work, and a reload stays. */
export const useRoute = (): string | undefined => useSyncExternalStore(subscribe, fromHash)

export const hrefOf = (channelId: string): string => `#/${encodeURIComponent(channelId)}`

export const goTo = (channelId: string): void => {
  location.hash = hrefOf(channelId)
}
