/** Where a link of a document leads: beside it, and to which heading. */
export interface Link {
  /** Empty: the document itself. */
  readonly path: string
  /** Empty: the document as a whole. */
  readonly anchor: string
}

const withoutCode = (text: string): string => text.replace(/^ *```[\s\S]*?^ *```/gm, '')

/** The links of a document that lead to files, not those to the web. */
export const linksIn = (text: string): readonly Link[] =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#')
      return { path, anchor }
    })

/** The anchors of a document's headings, as GitHub makes them. */
export const anchorsIn = (text: string): ReadonlySet<string> =>
  new Set(
    [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )

/** The cells of the rows of all tables of a document, without the heads. */
export function rowsIn(text: string): readonly (readonly string[])[] {
  const lines = withoutCode(text).split('\n')
  return lines
    .filter((line, i) => line.startsWith('|') && !isRule(line) && !isRule(lines[i + 1] ?? ''))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

const isRule = (line: string): boolean => /^\|[\s:|-]+\|$/.test(line)
