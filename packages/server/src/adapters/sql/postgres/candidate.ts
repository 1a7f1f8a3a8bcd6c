/** One who stands for election, over all its terms. */
export interface Candidate {
  /** Works, or goes on; `resigned`: it settled of its own accord since it was last asked. */
  begin(): 'working' | 'resigned'
  /** Ends its term; it may begin anew once it has settled. */
  end(): void
  /** Ends for good. */
  close(): void
  settled(): Promise<void>
}

interface Term {
  readonly held: AbortController
  readonly work: Promise<void>
  over: boolean
}

export function createCandidate(elected: (held: AbortSignal) => Promise<void>): Candidate {
  let term: Term | undefined
  let closed = false

  function start(): Term {
    const held = new AbortController()
    const started: Term = {
      held,
      over: false,
      work: Promise.resolve()
        .then(() => elected(held.signal))
        .catch(() => undefined)
        .then(() => {
          started.over = true
        }),
    }
    return started
  }

  return {
    begin() {
      if (term?.over) {
        const resigned = !term.held.signal.aborted
        term = undefined
        if (resigned) return 'resigned'
      }
      if (!closed) term ??= start()
      return 'working'
    },
    end: () => term?.held.abort(),
    close() {
      closed = true
      term?.held.abort()
    },
    settled: async () => term?.work,
  }
}
