import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { withTables } from '../scripts/tables.js'
import { channelEntry } from '../src/frames/channels.js'
import { sessionLimits } from '../src/frames/session.js'
import { clientFrames, serverFrames } from '../src/schemas.js'
import {
  type Field,
  fieldsOf,
  framesOf,
  protocolText,
  sections,
  statements,
} from './support/document.js'

const all = sections(protocolText)
const documented = all.flatMap((section) =>
  framesOf(section)
    .filter(({ direction }) => direction !== '')
    .map((frame) => ({ ...frame, fields: fieldsOf(section, all) })),
)

type Shape = Readonly<Record<string, { safeParse(value: unknown): { success: boolean } }>>
const fieldsIn = (shape: Shape): readonly Field[] =>
  Object.entries(shape)
    .filter(([name]) => name !== 'type')
    .map(([name, field]) => ({ name, required: !field.safeParse(undefined).success }))

const byName = (fields: readonly Field[]): readonly Field[] =>
  [...fields].sort((a, b) => (a.name < b.name ? -1 : 1))

describe('PROTOCOL.md', () => {
  it('has the tables of codes, close codes and limits that the source has (npm run tables)', () => {
    const limits = readFileSync(new URL('../src/limits.ts', import.meta.url), 'utf8')
    expect(protocolText).toBe(withTables(protocolText, limits))
  })

  it('documents each frame once, under who sends it', () => {
    const named = documented.map(({ direction, type }) => `${direction} ${type}`)
    expect([...named].sort()).toEqual(
      [
        ...Object.keys(clientFrames).map((type) => `client ${type}`),
        ...Object.keys(serverFrames).map((type) => `server ${type}`),
      ].sort(),
    )
  })

  it.each(documented)('has the fields of $type as its schema has them', ({ type, fields }) => {
    const frames: Readonly<Record<string, { def: { shape: Shape } }>> = {
      ...clientFrames,
      ...serverFrames,
    }
    expect(byName(fields)).toEqual(byName(fieldsIn(frames[type]?.def.shape ?? {})))
  })

  it.each([
    ['Entry of a channel', channelEntry.def.shape],
    ['`limits` in `hello_ack`', sessionLimits.def.shape],
  ])('has the fields of: %s', (title, shape) => {
    const section = all.find((one) => one.title === title)
    expect(section && byName(fieldsOf(section, all))).toEqual(byName(fieldsIn(shape)))
  })

  it('numbers each statement once, and each has a MUST that can be tested', () => {
    const numbers = statements(protocolText).map(({ number }) => number)
    expect(numbers.length).toBeGreaterThan(80)
    expect(new Set(numbers).size).toBe(numbers.length)
    const soft = statements(protocolText).filter(({ text }) => !/MUST/.test(text))
    expect(soft.map(({ number }) => number)).toEqual([])
  })

  it('refers only to statements that there are', () => {
    const numbers = new Set(statements(protocolText).map(({ number }) => number))
    for (const [, number] of protocolText.matchAll(/P-(\d+)/g)) {
      expect(numbers).toContain(Number(number))
    }
  })
})
