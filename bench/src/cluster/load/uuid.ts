import { randomFillSync } from 'node:crypto'

const POOL = Buffer.alloc(4_096)
let used = POOL.length

/** An id as clients are advised to make theirs: it begins with the time. */
export function uuidV7(nowMs: number): string {
  if (used + 10 > POOL.length) {
    randomFillSync(POOL)
    used = 0
  }
  const random = POOL.toString('hex', used, used + 10)
  used += 10
  const time = nowMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`
}
