/** What a user may be told of a channel. */
interface Standing {
  /** `member`: also while a removal is under way. `out`: it was acknowledged, or they never were one. */
  status: 'member' | 'out'
  /** The number of their `member.left`: what lies above may not reach them (I8). */
  lastSeq: number
  /** Below lies nothing that is theirs to read. */
  visibleFrom: number
  /** From here on all is theirs; between the two it depends on what of several requests came first. */
  surelyFrom: number
  /** They were out once, or part of the history was never theirs. */
  hadLimits: boolean
  /** When they came to be out; from the beginning, if they never were in. */
  outSinceMs: number
}

/**
 * Who may see what, by what was acknowledged to those who asked for it: from the moment that a removal is
 * acknowledged nothing more may go out (I8); while one is under way, and from the moment that joining again is
 * asked for, everything may.
 */
export class Access {
  readonly #standings = new Map<string, Standing>()

  constructor(private readonly nowMs: () => number = () => 0) {}

  of(channelId: string, userId: string): Readonly<Standing> {
    return this.#get(channelId, userId)
  }

  joining(channelId: string, userId: string, visibleFrom: number): void {
    const standing = this.#get(channelId, userId)
    standing.hadLimits ||= visibleFrom > 1
    standing.surelyFrom =
      standing.status === 'member' ? Math.max(standing.surelyFrom, visibleFrom) : visibleFrom
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
    if (standing.status === 'member') standing.outSinceMs = this.nowMs()
    standing.status = 'out'
    standing.lastSeq = lastSeq
    standing.hadLimits = true
  }

  /**
   * Whether somebody may be told of a channel. What lies up to their leaving may still go out in the turn in which
   * that is acknowledged (R13).
   */
  mayKnow(channelId: string, userId: string, headSeq = Number.POSITIVE_INFINITY): boolean {
    const { status, lastSeq } = this.#get(channelId, userId)
    if (status === 'member') return true
    return headSeq <= lastSeq && this.outForMs(channelId, userId) === 0
  }

  /** How long somebody has been out of a channel; 0 for a member. */
  outForMs(channelId: string, userId: string): number {
    const { status, outSinceMs } = this.#get(channelId, userId)
    return status === 'member' ? 0 : this.nowMs() - outSinceMs
  }

  #get(channelId: string, userId: string): Standing {
    const key = `${channelId}\n${userId}`
    let standing = this.#standings.get(key)
    if (standing === undefined) {
      standing = {
        status: 'out',
        lastSeq: 0,
        visibleFrom: 1,
        surelyFrom: 1,
        hadLimits: false,
        outSinceMs: Number.NEGATIVE_INFINITY,
      }
      this.#standings.set(key, standing)
    }
    return standing
  }
}
