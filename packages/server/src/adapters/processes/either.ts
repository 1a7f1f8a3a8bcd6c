import { withDeadline } from '../../environment/deadline.js'
import type { ServerEnvironment } from '../../ports/environment.js'
import type { ProcessEntry, Processes, ProcessList } from '../../ports/processes.js'

export interface EitherProcessesOptions {
  readonly environment: ServerEnvironment
  /** A list that is not there by then is gone without, and is not complete. @default 1,000 */
  readonly listTimeoutMs?: number
}

/**
 * Two lists of the same processes, on engines that do not fail together: a lease holds when either engine has
 * granted it, so delivery goes on while one is away; and what is asked of all that may hold a lease (R13) needs
 * both lists, so it waits until both are back.
 */
export function createEitherProcesses(
  one: Processes,
  other: Processes,
  { environment, listTimeoutMs = 1_000 }: EitherProcessesOptions,
): Processes {
  const engines = [one, other].map(leavingLast)
  return {
    async renew(entry) {
      try {
        return await Promise.any(engines.map((engine) => engine.renew(entry)))
      } catch (error) {
        throw error instanceof AggregateError ? (error.errors[0] ?? error) : error
      }
    },
    async leave(processId) {
      await Promise.allSettled(engines.map((engine) => engine.leave(processId)))
    },
    async list(): Promise<ProcessList> {
      const lists = await Promise.allSettled(
        [one, other].map((processes) => withDeadline(environment, processes.list(), listTimeoutMs)),
      )
      const had = lists.flatMap((list) => (list.status === 'fulfilled' ? [list.value] : []))
      const [failed] = lists.filter((list) => list.status === 'rejected')
      if (had.length === 0) throw failed?.reason
      const entries = new Map<string, ProcessEntry>()
      for (const list of had) for (const entry of list.entries) entries.set(entry.processId, entry)
      return {
        entries: [...entries.values()],
        complete: had.length === lists.length && had.every((list) => list.complete),
      }
    },
  }
}

/** Nobody waits for the later engine's renewal, and it must not list again who has left. */
function leavingLast(processes: Processes): Pick<Processes, 'renew' | 'leave'> {
  const renewals = new Set<Promise<unknown>>()
  return {
    renew(entry) {
      const renewal = processes.renew(entry)
      renewals.add(renewal)
      const over = () => renewals.delete(renewal)
      renewal.then(over, over)
      return renewal
    },
    async leave(processId) {
      await Promise.allSettled(renewals)
      await processes.leave(processId)
    },
  }
}
