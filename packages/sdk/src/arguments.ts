import { isId } from '@tidings/protocol'
import { invalidArgument } from './errors.js'

/** Throws `invalid_argument`, which says what was given under that name, and what is allowed. */
export function check(
  name: string,
  value: unknown,
  isValid: boolean,
  allowed: string,
): asserts isValid {
  if (!isValid) throw invalidArgument(`${name} must be ${allowed}, not ${describe(value)}.`)
}

/** Says what was given without repeating what may be a secret. */
const describe = (value: unknown): string =>
  value == null || typeof value === 'number' ? String(value) : `this ${typeof value}`

/** Options as they were given, or none; those that are none are refused, and a signal that is none. */
export function given<T extends object>(options: Partial<T> = {}, name = 'options'): Partial<T> {
  check(name, options, Object(options) === options, 'an object')
  const { signal } = options as { signal?: AbortSignal }
  check('signal', signal, !signal || isFunction(signal.addEventListener), 'an AbortSignal')
  return options
}

export const isFunction = (value: unknown): boolean => typeof value === 'function'

export const isCount = (value: unknown, min = 1): boolean =>
  Number.isSafeInteger(value) && (value as number) >= min

export const checkId = (name: string, id: unknown): void =>
  check(name, id, isId(id), 'an id of 1 to 64 characters')
