import { isIPv6 } from 'node:net'

/**
 * What an address is counted as: an IPv6 address as the /64 that it is of, because whoever has one address has all of
 * that, and as IPv4 where it only wraps that; everything else as it is.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const groups = groupsOf(address)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (!isMapped) return `${groups.slice(0, 4).map(hex).join(':')}::/64`
  return groups.slice(6).flatMap(bytesOf).join('.')
}

/** The eight groups of 16 bits. */
function groupsOf(address: string): readonly number[] {
  const [beforeZone = ''] = address.split('%', 1)
  const [head = [], tail = []] = beforeZone.split('::').map(written)
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0)
  return [...head, ...zeros, ...tail]
}

const written = (part: string): number[] =>
  part === ''
    ? []
    : part.split(':').flatMap((group) => (group.includes('.') ? v4(group) : [Number(`0x${group}`)]))

function v4(address: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

const bytesOf = (group: number): number[] => [group >> 8, group & 255]
const hex = (group: number): string => group.toString(16)
