/** A process of the cluster, and where its push bus listens. */
export interface ProcessEntry {
  /** Made anew at each start. */
  readonly processId: string
  /** host:port */
  readonly address: string
}

export interface ProcessList {
  readonly entries: readonly ProcessEntry[]
  /** R13: true only if no process outside `entries` can hold a lease now. */
  readonly complete: boolean
}

/**
 * The processes of the cluster, and their leases (R13): whoever confirms a removal asks every process that is
 * listed here, and a process whose lease may be over delivers nothing and trusts no membership it has kept.
 *
 * An adapter
 * - MUST list a process from when `renew` resolves until its lease is over, or it left;
 * - MUST say `complete: false`, or reject, as long as entries may have been lost with a lease still running: an
 *   engine that was emptied or rolled back is not complete before one lease length has passed;
 * - MUST reject when its engine does not answer, within seconds.
 */
export interface Processes {
  /** Enters a process, or renews its lease; resolves to how long it lasts from the moment before the call. */
  renew(entry: ProcessEntry): Promise<{ readonly leaseMs: number }>
  leave(processId: string): Promise<void>
  list(): Promise<ProcessList>
}
