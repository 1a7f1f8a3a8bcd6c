import { randomFillSync } from 'node:crypto'

/** Random bytes are taken in such portions: asking for each id alone costs ten times as much. */
const POOL_BYTES = 4_096

const pool = Buffer.allocUnsafe(POOL_BYTES)
let used = POOL_BYTES

/** So many random bytes, at most 4,096, as lower-case hexadecimal digits. Cryptographically strong. */
export const randomHex = (bytes: number): string => draw(bytes, 'hex')

/** 128 random bits in 22 characters. Cryptographically strong. */
export const randomId = (): string => draw(16, 'base64url')

function draw(bytes: number, encoding: 'hex' | 'base64url'): string {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString(encoding, used - bytes, used)
}
