import { type PageText, pageText } from './page-text.js'
import type { Tail, TailRange } from './tail.js'

/** Different pages of one state of a tail that are kept; a storm asks for few. */
const KEPT_MAX = 32

/** Pages of a tail as text, written once for all who ask while the tail stays as it is. */
export class TailTexts {
  private readonly kept = new Map<string, PageText>()
  private version = -1

  clear(): void {
    this.kept.clear()
  }

  read(tail: Tail, range: TailRange, oldestSeq: number, epoch: number): PageText | undefined {
    if (tail.version !== this.version) {
      this.kept.clear()
      this.version = tail.version
    }
    const { first, last, direction, onlyMessages, limit } = range
    const key = `${first} ${last} ${direction} ${onlyMessages} ${limit} ${oldestSeq}`
    const known = this.kept.get(key)
    if (known !== undefined) return known
    const stretch = tail.read(range)
    if (stretch === undefined) return undefined
    const text = pageText({ ...stretch, direction }, oldestSeq, epoch)
    if (this.kept.size < KEPT_MAX) this.kept.set(key, text)
    return text
  }
}
