/** Why a parsed JSON value cannot be carried on. */
export type JsonProblem = 'too_deep' | 'proto_key'

/**
 * Looks for what breaks code further on: nesting that overflows the stack of whatever recurses over
 * it, and the key `__proto__`, which a copy of an object loses. Undefined when there is neither (I7).
 */
export function jsonProblem(value: unknown, depthMax: number): JsonProblem | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (depthMax === 0) return 'too_deep'
  if (Array.isArray(value)) {
    for (const item of value) {
      const problem = jsonProblem(item, depthMax - 1)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  for (const key in value) {
    if (key === '__proto__') return 'proto_key'
    const problem = jsonProblem((value as Record<string, unknown>)[key], depthMax - 1)
    if (problem !== undefined) return problem
  }
  return undefined
}

/**
 * True if a value is JSON as it stands: every string and key well-formed, every number finite, and
 * nothing that only JavaScript has. The value must have passed `jsonProblem`.
 */
export function isPlainJson(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed()
    case 'number':
      return Number.isFinite(value)
    case 'boolean':
      return true
    case 'object':
      if (value === null) return true
      if (Array.isArray(value)) return value.every(isPlainJson)
      if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return false
      return Object.entries(value).every(([key, item]) => key.isWellFormed() && isPlainJson(item))
    default:
      return false
  }
}
