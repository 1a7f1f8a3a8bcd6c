import { isId } from '@tidings/protocol'
import { check } from '../../arguments.js'
import { atEndOfTurn } from '../../turn.js'
import { createCell, type Readable } from '../readable.js'
import { onlyThose, type People, readPresence, type UserPresence, withUser } from './people.js'
import type { Ask, Question } from './questions.js'

export interface PresenceSnapshot {
  readonly users: People
  /** False while offline, and until the server has answered: what stands here may have changed. */
  readonly isCurrent: boolean
}

/** A user is somewhere else than before. */
export interface PresenceChange extends UserPresence {
  readonly channelId: string
  readonly userId: string
  readonly previous: UserPresence['status']
}

/**
 * Who of one channel is there. Subscribing is what asks the server, once for all listeners, and again
 * after each reconnect; the last one to leave ends it.
 */
export interface ChannelPresence extends Readable<PresenceSnapshot> {
  /** Undefined where nothing is known of a user. */
  of(userId: string): UserPresence | undefined
  /**
   * Has the snapshot name these members too. For channels of more than 1,000, of whom the server
   * names the first 1,000 by itself. At most 1,000 are kept, the last ones named.
   */
  name(userIds: readonly string[]): void
}

export interface PresenceHandle {
  readonly surface: ChannelPresence
  connected(): void
  disconnected(): void
  update(frame: unknown): void
  joined(userId: string): void
  left(userId: string): void
  /** This user is in the channel no more. */
  removed(): void
  close(): void
}

/** Most users that are asked for by name (I7): as many as one request may hold. */
const NAMED_MAX = 1_000
const nobody: People = new Map()

export interface PresenceHandleParts {
  readonly channelId: string
  readonly ask: Ask
  readonly unsubscribe: () => void
  readonly changed: (change: PresenceChange) => void
}

export function createPresenceHandle(parts: PresenceHandleParts): PresenceHandle {
  const { channelId, ask, unsubscribe, changed } = parts
  const named = new Set<string>()
  let question: Question | undefined
  /** Of users by their ids, each until it is answered. */
  const byName = new Set<Question>()
  const newcomers = new Set<string>()
  let people = nobody
  let isCurrent = false

  const cell = createCell<PresenceSnapshot>({ users: nobody, isCurrent }, (isWatched) => {
    if (isWatched) {
      askAll()
      return
    }
    drop()
    show(people, false)
    unsubscribe()
  })

  const show = (next: People, nowCurrent: boolean): void => {
    if (next === people && nowCurrent === isCurrent) return
    people = next
    isCurrent = nowCurrent
    cell.set({ users: people, isCurrent })
  }

  const drop = (): void => {
    question?.end()
    for (const { end } of byName) end()
    byName.clear()
  }

  const hear = (values: readonly unknown[], nowCurrent: boolean): void => {
    const changes: PresenceChange[] = []
    let next = people
    for (const value of values) {
      const read = readPresence(value)
      if (!read) continue
      const { userId, ...presence } = read
      const previous = next.get(userId)?.status
      next = withUser(next, userId, presence)
      if (previous !== undefined && previous !== presence.status) {
        changes.push({ channelId, userId, ...presence, previous })
      }
    }
    show(next, nowCurrent)
    for (const change of changes) changed(change)
  }

  const askAll = (): void => {
    question?.end()
    const answered = new Set<string>()
    question = ask(channelId, undefined, (users, isLast) => {
      for (const user of users) answered.add(readPresence(user)?.userId ?? '')
      hear(users, isCurrent || isLast)
      // Who is not named is no member any more.
      if (isLast) show(onlyThose(people, new Set([...answered, ...named])), true)
    })
    askFor(named)
  }

  const askFor = (userIds: ReadonlySet<string>): void => {
    if (userIds.size === 0) return
    const asked = ask(channelId, [...userIds], (users, isLast) => {
      if (isLast) byName.delete(asked)
      hear(users, isCurrent)
    })
    byName.add(asked)
  }

  /** Many may join in one turn. */
  const askForNewcomers = atEndOfTurn(() => {
    const joined = new Set([...newcomers].slice(0, NAMED_MAX))
    newcomers.clear()
    if (cell.isWatched) askFor(joined)
  })

  const name = (userIds: readonly string[]): void => {
    check('userIds', userIds, Array.isArray(userIds) && userIds.every(isId), 'a list of ids')
    for (const userId of userIds) {
      named.delete(userId)
      named.add(userId)
    }
    for (const userId of named) {
      if (named.size <= NAMED_MAX) break
      named.delete(userId)
    }
    if (cell.isWatched) askFor(new Set(userIds.slice(-NAMED_MAX)))
  }

  return {
    surface: {
      getSnapshot: cell.getSnapshot,
      subscribe: cell.subscribe,
      of: (userId) => people.get(userId),
      name,
    },
    connected() {
      if (cell.isWatched) askAll()
    },
    disconnected() {
      drop()
      show(people, false)
    },
    update(frame) {
      if (cell.isWatched) hear([frame], isCurrent)
    },
    joined(userId) {
      if (!cell.isWatched || people.has(userId)) return
      newcomers.add(userId)
      askForNewcomers()
    },
    left(userId) {
      named.delete(userId)
      if (people.has(userId)) {
        show(new Map([...people].filter(([other]) => other !== userId)), isCurrent)
      }
    },
    removed() {
      drop()
      show(nobody, false)
    },
    close() {
      drop()
      cell.close()
    },
  }
}
