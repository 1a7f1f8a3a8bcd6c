import { existsSync, readFileSync } from 'node:fs'

/** True while a process of this number runs; a zombie, which nobody has fetched yet, does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

export const isGone = (folder: string): boolean => !existsSync(folder)
