import { LIMITS, utf8Bytes, utf8Fits } from '@tidings/protocol'

/**
 * The texts of the frames that carry these envelopes, in order: one frame where they fit, never more in one than
 * a frame may hold (I7).
 */
export function frameTexts(envelopes: readonly string[]): readonly string[] {
  const [only] = envelopes
  if (only === undefined) return []
  if (envelopes.length === 1) return [only]
  if (envelopes.length <= LIMITS.envelopesPerFrameMax) {
    const text = `[${envelopes.join(',')}]`
    if (utf8Fits(text, LIMITS.serverFrameMaxBytes)) return [text]
  }
  return split(envelopes)
}

function split(envelopes: readonly string[]): readonly string[] {
  const texts: string[] = []
  let begin = 0
  let bytes = 2
  const end = (at: number) => {
    if (at > begin) texts.push(`[${envelopes.slice(begin, at).join(',')}]`)
    begin = at
    bytes = 2
  }
  envelopes.forEach((envelope, i) => {
    const size = utf8Bytes(envelope) + 1
    if (i - begin === LIMITS.envelopesPerFrameMax || bytes + size > LIMITS.serverFrameMaxBytes)
      end(i)
    bytes += size
  })
  end(envelopes.length)
  return texts
}
