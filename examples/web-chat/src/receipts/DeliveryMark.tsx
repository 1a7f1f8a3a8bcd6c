import type { Channel, Message } from '@tidings/sdk'
import { useCallback, useSyncExternalStore } from 'react'
import { useSession } from '../session/client.ts'
import { Icon } from '../ui/icons.tsx'
import { deliveryWords } from './words.ts'

interface DeliveryMarkProps {
  readonly id: string
  readonly message: Message
  readonly channel: Channel
  /** For all to read; else a sign, and the words for who does not see it. */
  readonly inWords?: boolean
}

/** Whether somebody else has an own message, or has read it. */
export function DeliveryMark({ id, message, channel, inWords = false }: DeliveryMarkProps) {
  const receipts = useSession().client.receipts.in(channel.id)
  const look = useCallback(() => {
    const state = receipts.stateOf(message)
    return `${state} ${deliveryWords(state, receipts.seenBy(message), channel.info?.kind === 'direct')}`
  }, [receipts, message, channel])
  // A string is the same until it says something else: most messages need not be drawn again.
  const said = useSyncExternalStore(receipts.subscribe, look)
  const at = said.indexOf(' ')
  const state = said.slice(0, at)
  const words = said.slice(at + 1)
  return (
    <p className="delivery" id={id} data-state={state} data-words={inWords} title={words}>
      <Icon name={state === 'sent' ? 'check' : 'checks'} />
      <span className={inWords ? '' : 'visually-hidden'}>{words}</span>
    </p>
  )
}
