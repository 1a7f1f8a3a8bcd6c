/** What a process counts, as `/metrics` writes it. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads Prometheus's text; lines of another kind are passed over. */
export function readExposition(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? []
    if (name === undefined) return []
    return [{ name, labels: readLabels(labels), value: Number(value) }]
  })
}

const readLabels = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name, value]),
  )

/** Over all its labels; of one of them where it is given. */
export const sumOf = (
  samples: readonly Sample[],
  name: string,
  label: Readonly<Record<string, string>> = {},
): number =>
  samples
    .filter((sample) => sample.name === name)
    .filter(({ labels }) => Object.entries(label).every(([key, value]) => labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0)
