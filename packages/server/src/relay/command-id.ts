import { SERVER_ID_PREFIX } from '@tidings/protocol'
import type { OutboxEntry } from '../ports/directory.js'

/**
 * The id of an entry's command, in a namespace that no client can send (R15). The number alone would not do: a
 * restored database gives numbers again, whose commands would be taken for repeats of what was lost (R4).
 */
export const commandIdOf = ({ entryId, nonce }: Pick<OutboxEntry, 'entryId' | 'nonce'>): string =>
  nonce === undefined ? `${SERVER_ID_PREFIX}${entryId}` : `${SERVER_ID_PREFIX}${entryId}.${nonce}`
