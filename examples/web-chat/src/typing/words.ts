import { isolated } from '../ui/isolated.ts'

/** Who is typing, in words; empty when nobody is. */
export function typingWords(userIds: readonly string[]): string {
  const [one, two] = userIds.map(isolated)
  if (one === undefined) return ''
  if (two === undefined) return `${one} is typing…`
  return userIds.length === 2 ? `${one} and ${two} are typing…` : 'Several people are typing…'
}
