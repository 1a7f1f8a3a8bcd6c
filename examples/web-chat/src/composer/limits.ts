/** What one message may hold, as the protocol says; the SDK checks it again before it takes it. */
const maxUnits = 10_000
const maxBytes = 40 * 1024
const warnAboveUnits = 9_000

const number = new Intl.NumberFormat()

/** Why a text cannot be sent, for a person; undefined when it can. */
export function problemWith(text: string): string | undefined {
  if (text.length > maxUnits) {
    const over = text.length - maxUnits
    return `${number.format(over)} ${over === 1 ? 'character' : 'characters'} too many: a message has at most ${number.format(maxUnits)}.`
  }
  if (text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes) {
    return 'Too long: these characters need more room than a message has. Send it in two parts.'
  }
  return undefined
}

/** How much room is left, when it gets tight. */
export const roomLeft = (text: string): string | undefined =>
  text.length > warnAboveUnits && text.length <= maxUnits
    ? `${number.format(maxUnits - text.length)} left`
    : undefined
