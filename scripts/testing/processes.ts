// The processes of this machine that we may look at; on Linux, elsewhere there are none to be seen.
import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_S = 100

export interface Process {
  readonly pid: number
  readonly parent: number
  /** As in /proc/PID/stat: `R` runs, `S` sleeps, `Z` is a zombie. */
  readonly state: string
  readonly cpuS: number
  readonly command: string
  /** As it was at its start, each entry ended by a NUL. */
  readonly environ: string
}

export function listProcesses(): readonly Process[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? read(entry) : []))
}

function read(pid: string): Process[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the name before may hold anything
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return [
      {
        pid: Number(pid),
        parent: Number(fields[1]),
        state: fields[0] ?? '',
        cpuS: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S,
        command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
        environ: readFileSync(`/proc/${pid}/environ`, 'latin1'),
      },
    ]
  } catch {
    return [] // ended since it was listed, or another user's
  }
}
