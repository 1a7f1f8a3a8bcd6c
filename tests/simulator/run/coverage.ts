/** Everything that must have happened at least once in a run of many seeds. */
export const FAULTS = [
  'frame_dropped',
  'frame_duplicated',
  'frame_reordered',
  'frames_delayed',
  'frames_lost_in_flight',
  'connection_cut',
  'connection_half_open',
  'connection_stalled',
  'ack_lost_with_connection',
  'network_offline',
  'slow_reader',
  'push_lost',
  'push_twice',
  'push_late',
  'events_lost',
  'answers_lost',
  'ephemeral_lost',
  'ephemeral_late',
  'ephemeral_twice',
  'presence_away',
  'receipts_refused',
  'receipts_answer_lost',
  'routes_forgotten',
  'lookup_failed',
  'lease_not_renewed',
  'append_unknown_and_there',
  'append_unknown_and_lost',
  'append_refused',
  'append_twice',
  'commit_refused',
  'ownership_lost',
  'two_sequencers',
  'sequencer_paused',
  'newer_command',
  'store_unavailable',
  'store_answer_lost',
  'store_torn',
  'store_late',
  'store_read_failed',
  'store_behind',
  'crash',
  'crash_in_write',
  'crash_with_late_write',
  'power_loss',
  'graceful_restart',
  'backup_restored',
  'epoch_raised',
  'server_clock_jump',
  'client_clock_jump',
  'client_slept',
  'token_expired',
  'token_refused',
  'token_failed',
  'auth_down',
  'directory_down',
  'rate_limited',
  'page_reloaded',
  'tab_closed',
  'page_frozen',
  'page_hidden',
  'page_cached',
  'disk_failed',
  'rows_adopted',
  'send_aborted',
  'member_removed',
  'member_added_again',
  'member_without_history',
  'role_changed',
  'channel_renamed',
] as const

export const RULES = [
  'R1',
  'R2',
  'R3',
  'R4',
  'R5',
  'R6',
  'R7',
  'R8',
  'R9',
  'R10',
  'R11',
  'R12',
  'R13',
  'R14',
  'R15',
] as const

/** What is used beside messages that are pushed. */
export const USES = [
  'channel_pulled',
  'channel_live_again',
  'typing_told',
  'typing_shed',
  'presence_told',
  'presence_listed',
  'presence_ended',
  'presence_shed',
  'receipt_stored',
  'receipt_told',
  'receipts_listed',
  'receipt_shed',
  'mark_lowered',
  'channel_made',
  'list_added',
  'list_added_again',
  'list_changed',
  'list_removed',
  'listed_before_added',
  'asked_before_added',
  'greeted_with_added',
  'gone_at_greeting',
] as const

export type Fault = (typeof FAULTS)[number]
export type Rule = (typeof RULES)[number]
export type Use = (typeof USES)[number]
export type Counted = Fault | Rule | Use

/** How often each fault struck, each rule was reached and each thing was used. */
export type Counts = Partial<Record<Counted, number>>

export class Coverage {
  readonly counts: Counts = {}

  hit(what: Counted, times = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + times
  }
}

export function addCounts(sum: Counts, more: Counts): void {
  for (const [what, count] of Object.entries(more)) {
    sum[what as Counted] = (sum[what as Counted] ?? 0) + (count ?? 0)
  }
}

/** What was never reached. */
export const missing = (counts: Counts): readonly Counted[] =>
  [...FAULTS, ...RULES, ...USES].filter((what) => (counts[what] ?? 0) === 0)
