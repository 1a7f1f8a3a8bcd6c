import type { Page } from '../../ports/message-store.js'
import type { PageNeeds } from '../../ports/recent-events.js'

/** One page that is shared: in a channel and epoch, under a name. */
export interface SharedKey {
  readonly channelId: string
  readonly epoch: number
  readonly name: string
}

/** What an asker is to do: take the page, load it for all, wait for who does, or load it for itself alone. */
export type Claim =
  | { readonly kind: 'page'; readonly page: Page }
  | { readonly kind: 'load' | 'wait' | 'alone' }

/** Where shared pages and the right to load them are kept. Each call is one step that nobody comes between. */
export interface RecentEngine {
  /** The page if it is as new as needed, else the right to load it, for `lockMs`, unless another has it. */
  claim(key: SharedKey, needs: PageNeeds, owner: string, lockMs: number): Promise<Claim>
  /** Keeps a page unless a newer one is there, and gives the right back. */
  publish(key: SharedKey, owner: string, page: Page, keepMs: number): Promise<void>
  /** Gives the right back without a page. */
  abandon(key: SharedKey, owner: string): Promise<void>
}
