import type { AppendFault } from '../../../packages/server/src/adapters/memory/controlled-log.js'
import type { PushFault } from '../world/bus.js'
import type { Way } from '../world/line.js'
import type { ReceiptsFault } from '../world/receipts.js'
import type { ReadFault, WriteFault } from '../world/store.js'
import type { Tampering } from '../world/tamper.js'

/** What an application does with its client. */
export type ClientStep =
  | {
      readonly do: 'send'
      readonly tab: number
      readonly channel: number
      readonly text: string
      readonly reply?: number
      readonly abortMs?: number
    }
  | {
      readonly do: 'edit'
      readonly tab: number
      readonly channel: number
      readonly pick: number
      readonly text: string
    }
  | { readonly do: 'delete'; readonly tab: number; readonly channel: number; readonly pick: number }
  | {
      readonly do: 'react' | 'unreact'
      readonly tab: number
      readonly channel: number
      readonly pick: number
      readonly emoji: string
    }
  | {
      readonly do: 'history'
      readonly tab: number
      readonly channel: number
      readonly limit: number
      readonly back: number
    }
  | { readonly do: 'load_older'; readonly tab: number; readonly channel: number }
  | { readonly do: 'open' | 'close_channel'; readonly tab: number; readonly channel: number }
  | { readonly do: 'retry_parked' | 'discard_parked'; readonly tab: number }

/** What it does beside messages, where its client has the feature for it. */
export type BesideStep =
  | {
      readonly do: 'mark_read'
      readonly tab: number
      readonly channel: number
      readonly pick: number
    }
  | {
      readonly do: 'type'
      readonly tab: number
      readonly channel: number
      readonly state: 'start' | 'stop'
    }
  /** Begins to look, or ceases if it did. */
  | {
      readonly do: 'watch'
      readonly tab: number
      readonly channel: number
      readonly what: FeatureName
    }
  | { readonly do: 'status'; readonly tab: number; readonly status: 'online' | 'away' }

/** An application hears from elsewhere that its user is in a channel, and opens it, so long after it is so. */
export interface Opening {
  readonly tab: number
  readonly afterMs: number
}

/** What the embedding platform does with the server. */
export type AdminStep =
  /** Makes one of the channels that are not there from the beginning; its first member owns it. */
  | {
      readonly do: 'make'
      readonly user: number
      readonly channel: number
      readonly name: string
      readonly opens: readonly Opening[]
    }
  | {
      readonly do: 'remove'
      readonly user: number
      readonly channel: number
      readonly ban: boolean
    }
  | {
      readonly do: 'add'
      readonly user: number
      readonly channel: number
      readonly fromNow: boolean
      readonly opens?: readonly Opening[]
    }
  | {
      readonly do: 'role'
      readonly user: number
      readonly channel: number
      readonly role: 'member' | 'admin' | 'read_only'
    }
  | { readonly do: 'rename'; readonly channel: number; readonly name: string }
  | {
      readonly do: 'send_as'
      readonly user: number
      readonly channel: number
      readonly text: string
    }

/** What befalls a page, its machine or its network. */
export type PageFault =
  | { readonly do: 'reload' | 'close_tab'; readonly tab: number; readonly downMs: number }
  | {
      readonly do: 'freeze' | 'hide' | 'bfcache' | 'offline'
      readonly tab: number
      readonly ms: number
    }
  | { readonly do: 'client_clock' | 'client_sleep'; readonly tab: number; readonly ms: number }
  | { readonly do: 'disk_fails'; readonly tab: number; readonly writes: number }
  | { readonly do: 'cut' | 'cut_before_ack'; readonly tab: number }
  | { readonly do: 'half_open'; readonly tab: number; readonly way: Way | 'both' }
  | { readonly do: 'stall'; readonly tab: number; readonly ms: number }
  | {
      readonly do: 'slow_network'
      readonly tab: number
      readonly ms: number
      readonly latencyMs: number
    }
  | {
      readonly do: 'slow_reader'
      readonly tab: number
      readonly ms: number
      readonly bytesPerMs: number
    }
  | { readonly do: 'tamper'; readonly tab: number; readonly kind: Tampering }
  | { readonly do: 'token_failed' | 'token_old'; readonly calls: number }

/** What befalls the server and what it stands on. */
export type ServerFault =
  | { readonly do: 'crash'; readonly how: 'kill' | 'power'; readonly downMs: number }
  | { readonly do: 'restart'; readonly drainMs: number; readonly downMs: number }
  | { readonly do: 'restore'; readonly downMs: number }
  | { readonly do: 'backup' }
  | { readonly do: 'raise_epoch'; readonly channel: number }
  | { readonly do: 'server_clock'; readonly ms: number }
  | {
      readonly do: 'overlap'
      readonly partition: number
      readonly ms: number
      readonly pauseMs: number
    }
  | { readonly do: 'lose_ownership'; readonly partition: number }
  | { readonly do: 'commit_refused' | 'newer_command' }
  | { readonly do: 'append'; readonly fault: AppendFault }
  | { readonly do: 'write'; readonly fault: WriteFault }
  | { readonly do: 'read'; readonly fault: ReadFault }
  | { readonly do: 'push'; readonly fault: PushFault }
  | {
      readonly do: 'slow_store' | 'slow_log' | 'slow_directory'
      readonly ms: number
      readonly latencyMs: number
    }
  | { readonly do: 'directory_fails' | 'auth_fails'; readonly calls: number }
  | { readonly do: 'lookup_fails' | 'routes_forgotten' }
  | { readonly do: 'lease_lost'; readonly ms: number }
  | { readonly do: 'receipts_fail'; readonly fault: ReceiptsFault; readonly calls: number }
  | { readonly do: 'presence_away'; readonly ms: number }

export type Action = ClientStep | BesideStep | AdminStep | PageFault | ServerFault

export type Step = Action & { readonly atMs: number }

/** Everything about a world that does not change, and everything that happens in it: plain data. */
export interface Plan {
  readonly seed: number
  readonly setting: Setting
  readonly steps: readonly Step[]
  /** Tabs that nobody opens: a shorter plan needs fewer. */
  readonly absentTabs?: readonly number[]
  /** When no more happens, and everything must heal. */
  readonly endMs: number
}

/** The modules of the SDK for what is not a message. */
export type FeatureName = 'presence' | 'typing' | 'receipts'

export interface TabSetting {
  readonly user: number
  readonly browser: number
  readonly catchUp: 'recent' | 'all'
  readonly maxRows: number
  readonly knowsUser: boolean
  /** Channels that it opens at once. */
  readonly opens: readonly number[]
  readonly features: readonly FeatureName[]
  /** Its application shows the user's channels: it lists them once, and follows what it is told. */
  readonly keepsList: boolean
}

export interface ChannelSetting {
  readonly kind: 'public' | 'private'
  /** Users who are members from the start. */
  readonly members: readonly number[]
  /** Messages from before the world began. */
  readonly history: number
  /** It is not there before a step makes it. */
  readonly isMade?: boolean
}

export interface Setting {
  readonly kind: 'embedded' | 'cluster' | 'cluster_sql'
  readonly partitions: number
  readonly commitLagMs: number
  readonly maxBatchRecords: number
  readonly maxQueuedRecords: number
  readonly tokenLifeMs: number
  readonly users: number
  readonly tabs: readonly TabSetting[]
  readonly channels: readonly ChannelSetting[]
  readonly gateway: {
    readonly tailMaxEvents: number
    readonly socketBufferMaxBytes: number
    readonly holdMaxEvents: number
    readonly repairMaxEvents: number
    readonly tailFillEvents: number
    readonly headsIntervalMs: number
    readonly pagesKeptMs: number
    readonly channelLingerMs: number
    readonly pullAboveMembers: number
    readonly pullAboveEventsPerS: number
    readonly headEveryMs: number
    readonly pulledTailMaxEvents: number
  }
}
