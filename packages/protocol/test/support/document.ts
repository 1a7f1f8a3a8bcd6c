import { readFileSync } from 'node:fs'

export const protocolText = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8')

/** A field as a table of PROTOCOL.md or a schema has it. */
export interface Field {
  readonly name: string
  readonly required: boolean
}

export interface Section {
  readonly title: string
  readonly body: string
}

/** The parts under `###` headings, up to the next heading of any level. */
export function sections(markdown: string): readonly Section[] {
  return markdown
    .split(/^(?=##+ )/m)
    .filter((part) => part.startsWith('### '))
    .map((part) => {
      const [heading = '', ...lines] = part.split('\n')
      return { title: heading.slice(4), body: lines.join('\n') }
    })
}

const GROUP = /^\| _(fields of an? [a-z]+)_ \|/i
const ROW = /^\| `([a-z_]+)` \| [^|]+ \| (yes|no) \|/

/** The fields that a section's table names; a row like `_fields of a command_` stands for another section's. */
export function fieldsOf(section: Section, all: readonly Section[]): readonly Field[] {
  return section.body.split('\n').flatMap((line): readonly Field[] => {
    const group = GROUP.exec(line)?.[1]
    if (group !== undefined) {
      const other = all.find(({ title }) => title.toLowerCase() === group)
      if (other === undefined) throw new Error(`no section is called ${group}`)
      return fieldsOf(other, all)
    }
    const row = ROW.exec(line)
    return row?.[1] === undefined ? [] : [{ name: row[1], required: row[2] === 'yes' }]
  })
}

/** The frame types that a section's title names, and who sends them. */
export function framesOf({ title }: Section): readonly { type: string; direction: string }[] {
  const types = [...title.matchAll(/`([a-z_.]+)`(?:[^`]*\((client|server)\))?/g)]
  return types.map(([, type = ''], at) => ({
    type,
    direction: types.slice(at).find(([, , direction]) => direction)?.[2] ?? '',
  }))
}

/** The numbered statements, in the order in which they stand. */
export function statements(markdown: string): readonly { number: number; text: string }[] {
  return [...markdown.matchAll(/^\*\*P-(\d+)\*\* (.+)$/gm)].map(([, number, text = '']) => ({
    number: Number(number),
    text,
  }))
}
