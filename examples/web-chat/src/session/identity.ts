import { browser, tab } from './kept.ts'

/** Who somebody became by typing a name. */
export interface Identity {
  readonly name: string
  readonly userId: string
  readonly workspaceId: string
  /** The channel that everybody is in. */
  readonly channelId: string
}

const key = 'identity'

/** The tab's own user, or whoever used this browser last: a second tab is the same user. */
export const loadIdentity = (): Identity | undefined =>
  tab.get<Identity | 'nobody'>(key) === 'nobody'
    ? undefined
    : (tab.get<Identity>(key) ?? browser.get<Identity>(key))

export function keepIdentity(identity: Identity): void {
  tab.set(key, identity)
  browser.set(key, identity)
}

/** This tab asks for a name again; others stay who they are. */
export function forgetIdentity(): void {
  tab.set(key, 'nobody')
  browser.remove(key)
}
