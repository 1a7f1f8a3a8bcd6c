import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { clientFrames, serverFrames } from '../src/schemas.js'

const frames = { ...clientFrames, ...serverFrames }

/** Every name of a field, however deep, in a JSON Schema. */
function fieldNames(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const own = 'properties' in schema ? Object.keys(schema.properties ?? {}) : []
  return [...own, ...Object.values(schema).flatMap(fieldNames)]
}

describe.each(Object.entries(frames))('%s', (type, schema) => {
  it('is named in snake_case, with dots', () => {
    expect(type).toMatch(/^[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)?$/)
  })

  it('names its fields in snake_case', () => {
    const names = fieldNames(z.toJSONSchema(schema))
    expect(names).toContain('type')
    for (const name of names) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/)
  })
})

it('no type is sent by both sides', () => {
  expect(Object.keys(clientFrames).filter((type) => Object.hasOwn(serverFrames, type))).toEqual([])
})
