import { isolated } from '../ui/isolated.ts'

export type Delivery = 'sent' | 'delivered' | 'read'

const named = 2

/** How far an own message has come, in words. */
export function deliveryWords(
  state: Delivery,
  readers: readonly string[],
  isDirect: boolean,
): string {
  if (state === 'sent') return 'Sent'
  if (state === 'delivered') return 'Delivered'
  if (isDirect || readers.length === 0) return 'Read'
  const shown = readers.slice(0, named).map(isolated).join(', ')
  const more = readers.length - named
  return more > 0 ? `Read by ${shown} and ${more} more` : `Read by ${shown}`
}
