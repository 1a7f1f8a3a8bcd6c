import type { Status } from '@tidings/sdk'

export interface Situation {
  readonly status: Status
  readonly isCut: boolean
  readonly sync: 'dormant' | 'syncing' | 'live' | 'removed'
  /** Why the last connection ended, in the SDK's words. */
  readonly reason?: string | undefined
}

export interface Words {
  readonly tone: 'good' | 'busy' | 'bad'
  readonly text: string
  /** The next attempt could be made at once. */
  readonly canTry?: true
}

/** How things stand between this page and the server, in plain words. */
export function wordsFor({ status, isCut, sync, reason }: Situation): Words {
  if (isCut) return { tone: 'bad', text: 'You cut the network' }
  switch (status) {
    case 'connected':
      if (sync === 'removed') return { tone: 'bad', text: 'You are not in this channel' }
      return sync === 'live'
        ? { tone: 'good', text: 'Up to date' }
        : { tone: 'busy', text: 'Catching up…' }
    case 'waiting':
      return { tone: 'bad', text: 'Offline, trying again soon', canTry: true }
    case 'closed':
      return { tone: 'bad', text: reason ?? 'Signed out' }
    default:
      return { tone: 'busy', text: 'Connecting…' }
  }
}
