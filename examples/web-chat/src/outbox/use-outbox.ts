import type { OutboxItem } from '@tidings/sdk'
import { useCallback, useSyncExternalStore } from 'react'
import { useSession } from '../session/client.ts'

/** Everything that the server has not acknowledged, of all tabs of this user, oldest first. */
export function useOutbox(): readonly OutboxItem[] {
  const { outbox } = useSession().client
  const subscribe = useCallback((listener: () => void) => outbox.on('change', listener), [outbox])
  return useSyncExternalStore(subscribe, () => outbox.list())
}
