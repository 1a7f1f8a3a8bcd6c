/** The reactions that the picker offers, with the names that are read out. */
export const emojis: readonly { readonly emoji: string; readonly name: string }[] = [
  { emoji: '👍', name: 'thumbs up' },
  { emoji: '❤️', name: 'heart' },
  { emoji: '😂', name: 'tears of joy' },
  { emoji: '🎉', name: 'party' },
  { emoji: '😮', name: 'astonished' },
  { emoji: '🙏', name: 'thank you' },
]

export const nameOf = (emoji: string): string =>
  emojis.find((known) => known.emoji === emoji)?.name ?? emoji
