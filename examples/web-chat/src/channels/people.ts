/** What is typed and what somebody is called, to be compared: spaces and dashes are one, and so are capitals. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')

/** Those whose name holds what was typed; first those whose name begins with it. */
export function matching(userIds: readonly string[], typed: string): readonly string[] {
  const wanted = plain(typed)
  if (wanted === '') return userIds
  const found = userIds.filter((userId) => plain(userId).includes(wanted))
  const begins = (userId: string): boolean => plain(userId).startsWith(wanted)
  return [...found.filter(begins), ...found.filter((userId) => !begins(userId))]
}

/** Whom somebody means who typed a whole name; it need not be among those that are known. */
export function meant(userIds: readonly string[], typed: string): string {
  const whole = typed.trim()
  if (userIds.includes(whole)) return whole
  return userIds.find((userId) => plain(userId) === plain(whole)) ?? whole.toLowerCase()
}
