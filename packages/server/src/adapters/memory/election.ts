import type { Candidacy, Election } from '../../ports/election.js'
import type { ServerEnvironment } from '../../ports/environment.js'

/** An election among everybody who has this object; the first who stands is elected. */
export function createMemoryElection(
  environment: Pick<ServerEnvironment, 'nextTurn'> = { nextTurn: setImmediate },
): Election {
  const queue: (() => void)[] = []
  let taken = false

  function next(): void {
    const begin = queue.shift()
    taken = begin !== undefined
    begin?.()
  }

  return {
    stand(elected): Candidacy {
      const over = new AbortController()
      let working: Promise<void> | undefined
      function begin(): void {
        working = elected(over.signal)
          .catch(() => undefined)
          .then(() => {
            working = undefined
            if (!over.signal.aborted) queue.push(begin)
            // who resigns at once, again and again, leaves room for others
            environment.nextTurn(next)
          })
      }
      queue.push(begin)
      if (!taken) next()
      return {
        async close() {
          over.abort()
          const place = queue.indexOf(begin)
          if (place >= 0) queue.splice(place, 1)
          await working
        },
      }
    },
  }
}
