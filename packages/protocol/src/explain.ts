import type * as z from 'zod/mini'
import type { ErrorCode } from './codes.js'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** What is wrong with a peer's value, in words that name the field and what is allowed. */
export interface Explanation {
  readonly code: Extract<ErrorCode, 'invalid_frame' | 'msg_too_long'>
  readonly message: string
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  safeint: 'an integer',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'an array',
  tuple: 'an array',
  undefined: 'left out',
}
const UNITS: Readonly<Record<string, string>> = {
  string: ' UTF-16 units long',
  array: ' items long',
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  )

/** The innermost issue is the telling one: a union reports what each of its options missed. */
function innermost(issue: Issue, path: Path): { issue: Issue; path: Path } {
  const here = { issue, path: [...path, ...issue.path] }
  if (issue.code !== 'invalid_union') return here
  const found = issue.errors
    .flatMap((option) => option.slice(0, 1))
    .map((inner) => innermost(inner, here.path))
  return found.reduce(
    (best, one) => (one.path.length > best.path.length ? one : best),
    found[0] ?? here,
  )
}

function rule(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${NAMES[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
    case 'too_big':
      return `must be at most ${String(issue.maximum)}${UNITS[issue.origin] ?? ''}`
    case 'too_small':
      return `must be at least ${String(issue.minimum)}${UNITS[issue.origin] ?? ''}`
    case 'invalid_key':
      return `a key ${issue.issues[0]?.message ?? 'is not valid'}`
    case 'custom':
      return issue.message
    default:
      return 'is not valid'
  }
}

// A key may be a peer's own text of any length and content: it is not echoed unless it is plain.
const PLAIN = /^[\w.~-]{1,64}$/
const named = (path: Path): string =>
  path.map((key) => (PLAIN.test(String(key)) ? String(key) : '…')).join('.') || 'frame'

/**
 * Turns the first issue of a failed check into one short sentence. It names the field and what is
 * allowed, and never echoes a value; depends on no locale of the schema library.
 */
export function explain(error: z.core.$ZodError, input: unknown): Explanation {
  const first = error.issues[0]
  if (first === undefined) return { code: 'invalid_frame', message: 'The value is not valid.' }
  const { issue, path } = innermost(first, [])
  const tooLong = issue.code === 'custom' && issue.params?.code === 'msg_too_long'
  const missing = issue.code !== 'custom' && path.length > 0 && at(input, path) === undefined
  return {
    code: tooLong ? 'msg_too_long' : 'invalid_frame',
    message: `${named(path)}: ${missing ? 'is missing; it ' : ''}${rule(issue)}.`,
  }
}
