const utf8 = new TextEncoder()

/**
 * The partition of a channel, for every log: FNV-1a over the id's UTF-8 with a final mix (R11). Fixed for a
 * generation, like the number of partitions; its test vectors stand in `partition.test.ts`.
 */
export function partitionOf(channelId: string, partitions: number): number {
  if (partitions === 1) return 0
  let hash = 0x811c9dc5
  for (const byte of utf8.encode(channelId)) hash = Math.imul(hash ^ byte, 0x01000193)
  // the low bits of FNV-1a alone are uneven
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % partitions
}
