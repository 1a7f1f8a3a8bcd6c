import type { Channel, StatusChange } from '@tidings/sdk'
import { useCallback, useSyncExternalStore } from 'react'
import { useIsCut } from '../network/NetworkSwitch.tsx'
import { useSession } from '../session/client.ts'
import { errorText } from '../ui/error-text.ts'
import { type Words, wordsFor } from './words.ts'

/** Where the connection stands, and why. */
export function useStatus(): Pick<StatusChange, 'current' | 'reason'> {
  const { client } = useSession()
  const subscribe = useCallback((listener: () => void) => client.on('status', listener), [client])
  const current = useSyncExternalStore(subscribe, () => client.status)
  return { current, reason: client.reason }
}

/** Whether what a channel shows is complete. */
export function useSync(channel: Channel): Channel['state'] {
  const subscribe = useCallback((listener: () => void) => channel.on('sync', listener), [channel])
  return useSyncExternalStore(subscribe, () => channel.state)
}

/** Connection and channel together, in plain words. */
export function useWords(channel: Channel): Words {
  const { current, reason } = useStatus()
  const isCut = useIsCut()
  const sync = useSync(channel)
  return wordsFor({ status: current, isCut, sync, reason: reason && errorText(reason) })
}
