import type { Channel, StatusChange } from '@tidings/sdk'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { useIsCut } from '../network/NetworkSwitch.tsx'
import { useSession } from '../session/client.ts'
import { errorText } from '../ui/error-text.ts'
import { type Words, wordsFor } from './words.ts'

/** Where the connection stands, and why. */
export function useStatus(): Pick<StatusChange, 'current' | 'reason'> {
  const { client } = useSession()
  const [status, setStatus] = useState<Pick<StatusChange, 'current' | 'reason'>>(() => ({
    current: client.status,
    reason: undefined,
  }))
  useEffect(() => client.on('status', setStatus), [client])
  return status
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
