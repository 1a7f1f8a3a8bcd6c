import type { Environment } from '../environment/port.js'

/**
 * A UUIDv7 (RFC 9562): milliseconds first, so that ids made one after another lie close together in
 * an index; the rest is chance. Nothing judges the time inside it: clients' clocks are wrong by days.
 */
export function uuidv7(environment: Pick<Environment, 'now' | 'randomBytes'>): string {
  const time = Math.max(0, Math.floor(environment.now())).toString(16).padStart(12, '0').slice(-12)
  const chance = [...environment.randomBytes(10)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
  const variant = (8 + (Number.parseInt(chance.charAt(4), 16) & 3)).toString(16)
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${chance.slice(1, 4)}`,
    variant + chance.slice(5, 8),
    chance.slice(8),
  ].join('-')
}
