/** What a user may be told of a channel. */
interface Standing {
  /** `member`: also while a removal is under way. `out`: it was acknowledged, or they never were one. */
  status: 'member' | 'out'
  /** The number of their `member.left`: what lies above may not reach them (I8). */
  lastSeq: number
  /** Below lies nothing that is theirs to read. */
  visibleFrom: number
  /** They were out once, or part of the history was never theirs. */
  hadLimits: boolean
}

/**
 * Who may see what, by what was acknowledged to those who asked for it: from the moment that a removal is
 * acknowledged nothing more may go out (I8); while one is under way, and from the moment that joining again is
 * asked for, everything may.
 */
export class Access {
  readonly #standings = new Map<string, Standing>()

  of(channelId: string, userId: string): Readonly<Standing> {
    return this.#get(channelId, userId)
  }

  joining(channelId: string, userId: string, visibleFrom: number): void {
    const standing = this.#get(channelId, userId)
    standing.hadLimits ||= visibleFrom > 1
    standing.visibleFrom =
      standing.status === 'member' ? Math.min(standing.visibleFrom, visibleFrom) : visibleFrom
    standing.status = 'member'
  }

  /** Somebody asked for their removal: whatever comes of it, part of what follows may not be theirs. */
  leaving(channelId: string, userId: string): void {
    this.#get(channelId, userId).hadLimits = true
  }

  removed(channelId: string, userId: string, lastSeq: number): void {
    const standing = this.#get(channelId, userId)
    standing.status = 'out'
    standing.lastSeq = lastSeq
    standing.hadLimits = true
  }

  #get(channelId: string, userId: string): Standing {
    const key = `${channelId}\n${userId}`
    let standing = this.#standings.get(key)
    if (standing === undefined) {
      standing = { status: 'out', lastSeq: 0, visibleFrom: 1, hadLimits: false }
      this.#standings.set(key, standing)
    }
    return standing
  }
}
