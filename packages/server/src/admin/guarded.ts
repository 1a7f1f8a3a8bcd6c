import { OperationError } from '../operations/actor.js'

/** The same methods; each rejects with OperationError for what is no object of fields, and when all is over. */
export function guarded<T extends object>(isClosed: (() => boolean) | undefined, methods: T): T {
  const told = Object.entries(methods).map(([name, run]) => [
    name,
    async (fields: unknown) => {
      if (isClosed?.() === true) {
        const message = 'The server is closed: create a new one.'
        throw new OperationError('unavailable', message, { outcome: 'not_sent' })
      }
      if (typeof fields !== 'object' || fields === null) {
        throw new OperationError('invalid_frame', `${name}() takes an object of named fields.`)
      }
      return run(fields)
    },
  ])
  return Object.fromEntries(told) as T
}
