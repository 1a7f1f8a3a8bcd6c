/**
 * Which processes have at least one member of a channel connected, and which live at all (R12). Not which
 * users: a channel of 50,000 costs one push per process.
 *
 * An adapter
 * - MUST have registered a route when `assert` resolves, and MUST let routes of a process end with its lease;
 * - MUST answer every living process when it cannot tell: delivery goes on, at more cost.
 */
export interface Routes {
  /** Registers channels for a process; called again as a sweep, so that a lost route heals. */
  assert(processId: string, channelIds: readonly string[]): Promise<void>
  withdraw(processId: string, channelIds: readonly string[]): Promise<void>
  /** In the order asked. Called after the write is durable (R12). */
  lookup(channelIds: readonly string[]): Promise<readonly (readonly string[])[]>
  /** Renews the process's lease; resolves to how long it lasts from the moment before the call (R13). */
  renew(processId: string): Promise<{ readonly leaseMs: number }>
  leave(processId: string): Promise<void>
}
