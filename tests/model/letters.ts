/** Every distinct order of some letters, in alphabetical order. */
export function orders(letters: string): readonly string[] {
  if (letters.length <= 1) return [letters]
  const all = [...letters].flatMap((first, i) =>
    orders(letters.slice(0, i) + letters.slice(i + 1)).map((rest) => first + rest),
  )
  return [...new Set(all)].sort()
}
