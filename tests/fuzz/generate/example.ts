import type { Random } from '../random.js'

/** A JSON Schema, as far as ours go. */
export interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema | false
  readonly prefixItems?: readonly Schema[]
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly default?: unknown
}

/** Values that a field of this name can have with sense, whatever its schema allows; undefined: the schema decides. */
export type Hints = (field: string, random: Random) => unknown

const OPTIONAL = 0.4

/** A value that fits a schema: with sense where a hint says so, within the schema's bounds elsewhere. */
export function example(schema: Schema, random: Random, hints: Hints, field = ''): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return random.pick(schema.enum)
  const hinted = hints(field, random)
  if (hinted !== undefined) return hinted
  const options = schema.anyOf ?? schema.oneOf
  if (options !== undefined) return example(random.pick(options), random, hints, field)
  switch (schema.type) {
    case 'object':
      return anObject(schema, random, hints)
    case 'array':
      return anArray(schema, random, hints, field)
    case 'integer':
    case 'number':
      return aNumber(schema, random)
    case 'boolean':
      return random.chance(0.5)
    case 'null':
      return null
    case 'string':
      return aString(schema, random)
    default:
      return random.pick([null, 1, 'x', true, [1], { a: 1 }])
  }
}

function anObject(schema: Schema, random: Random, hints: Hints): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    if (!schema.required?.includes(name) && !random.chance(OPTIONAL)) continue
    made[name] = example(inner, random, hints, name)
  }
  const more = schema.additionalProperties
  if (typeof more === 'object' && schema.properties === undefined) {
    for (let i = random.below(4); i > 0; i--) {
      const key = hints('key', random)
      made[typeof key === 'string' ? key : `k${random.below(100)}`] = example(more, random, hints)
    }
  }
  return made
}

function anArray(schema: Schema, random: Random, hints: Hints, field: string): unknown[] {
  if (schema.prefixItems !== undefined) {
    return schema.prefixItems.map((item) => example(item, random, hints, field))
  }
  const length = random.between(schema.minItems ?? 0, Math.min(schema.maxItems ?? 3, 3))
  const items = schema.items === false ? undefined : schema.items
  const one = field.replace(/s$/, '')
  return Array.from({ length }, () => example(items ?? {}, random, hints, one))
}

function aNumber({ minimum = 0, maximum = 1_000 }: Schema, random: Random): number {
  if (random.chance(0.1)) return random.pick([minimum, maximum])
  return random.between(minimum, Math.min(maximum, minimum + 200))
}

function aString({ minLength = 1, maxLength = 64 }: Schema, random: Random): string {
  if (random.chance(0.05)) return 'x'.repeat(random.pick([minLength, maxLength]))
  const length = random.between(minLength, Math.min(maxLength, minLength + 12))
  return Array.from({ length }, () =>
    random.pick([...'abcdefé🙂 -'.split('')].filter((c) => c.isWellFormed())),
  ).join('')
}
