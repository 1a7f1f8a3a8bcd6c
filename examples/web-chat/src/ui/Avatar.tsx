const hues = 8

/** The first letter of a user, in a colour that stays with them. */
export function Avatar({ userId }: { userId: string }) {
  const letter = [...new Intl.Segmenter().segment(userId)][0]?.segment ?? '?'
  return (
    <span className="avatar" data-hue={hueOf(userId)} aria-hidden="true">
      {letter.toLocaleUpperCase()}
    </span>
  )
}

function hueOf(userId: string): number {
  let hash = 7
  for (const character of userId) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521
  return hash % hues
}
