/** What is passed on at most; the specification asks for no less. */
const MAX_UNITS = 512
const MAX_MEMBERS = 32
/** Longer members are left out first. */
const LONG_MEMBER_UNITS = 128
/** More is not even looked at. */
const READ_MAX_UNITS = 8_192

const KEY = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/**
 * A `tracestate` as it may be passed on, by the rules of W3C Trace Context: whole members, at most 512 characters
 * (I7), long ones left out first and then the last ones. Undefined where there is none, or where one member breaks
 * the rules: then nothing of it is passed on.
 */
export function boundedTracestate(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > READ_MAX_UNITS) return undefined
  const members = value
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '')
  if (members.length === 0 || members.length > MAX_MEMBERS) return undefined
  const keys = new Set<string>()
  for (const member of members) {
    const equals = member.indexOf('=')
    const key = member.slice(0, Math.max(0, equals))
    if (!KEY.test(key) || !VALUE.test(member.slice(equals + 1)) || keys.has(key)) return undefined
    keys.add(key)
  }
  return shortened(members)
}

function shortened(members: string[]): string | undefined {
  let text = members.join(',')
  if (text.length <= MAX_UNITS) return text
  const kept = members.filter((member) => member.length <= LONG_MEMBER_UNITS)
  text = kept.join(',')
  while (text.length > MAX_UNITS) {
    kept.pop()
    text = kept.join(',')
  }
  return text === '' ? undefined : text
}
