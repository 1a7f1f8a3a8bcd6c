const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

/** Size of a string in bytes of UTF-8; a lone surrogate counts 3, as what replaces it does. */
export function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes += 1
    else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 2
      i++
    } else bytes += 2
  }
  return bytes
}

/** True if a string has at most so many bytes of UTF-8. Counts only where the length does not tell. */
export function utf8Fits(text: string, maxBytes: number): boolean {
  if (text.length > maxBytes) return false
  return text.length * 3 <= maxBytes || utf8Bytes(text) <= maxBytes
}
