import type { Random } from '../random.js'
import { LONG_STRINGS, ODD_NUMBERS, ODD_STRINGS, oddValue } from './odd.js'

type Json = Record<string, unknown>

/** Where in a value something stands: the object or array that holds it, and under which key. */
interface Place {
  readonly holder: Json | unknown[]
  readonly key: string | number
}

/** Every place inside a value, however deep. */
function placesIn(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Json | unknown[]
  const keys = Array.isArray(holder) ? holder.map((_, i) => i) : Object.keys(holder)
  return keys.flatMap((key) => [{ holder, key }, ...placesIn((holder as Json)[key])])
}

const MUTATIONS = {
  remove: 2,
  anotherType: 4,
  oddString: 4,
  oddNumber: 4,
  tooLong: 0.15,
  extra: 2,
  rename: 1,
  wrap: 1,
  swap: 1,
  repeat: 1,
} as const

/** The same value with one thing changed in it; its `type` is left alone. The value given is not touched. */
export function mutate(value: Json, random: Random): Json {
  const changed = structuredClone(value)
  const places = placesIn(changed).filter(({ holder, key }) => holder !== changed || key !== 'type')
  if (places.length === 0) return { ...changed, extra: oddValue(random) }
  const { holder, key } = random.pick(places)
  const at = holder as Json
  const before = at[key]
  switch (random.weighted(MUTATIONS)) {
    case 'remove':
      if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else delete at[key]
      break
    case 'anotherType':
      at[key] = oddValue(random)
      break
    case 'oddString':
      at[key] = random.pick(ODD_STRINGS)
      break
    case 'oddNumber':
      at[key] = random.pick(ODD_NUMBERS)
      break
    case 'tooLong':
      at[key] = random.pick(LONG_STRINGS)()
      break
    case 'extra':
      if (Array.isArray(holder)) holder.push(oddValue(random))
      else at[random.pick(ODD_STRINGS).replace('__proto__', 'proto') || 'extra'] = oddValue(random)
      break
    case 'rename':
      if (!Array.isArray(holder)) {
        delete at[key]
        at[`${key}_`] = before
      }
      break
    case 'wrap':
      at[key] = random.chance(0.5) ? [before] : { [String(key)]: before }
      break
    case 'swap': {
      const other = random.pick(places)
      at[key] = structuredClone((other.holder as Json)[other.key])
      break
    }
    case 'repeat':
      if (typeof before === 'string') at[key] = before.repeat(random.between(2, 40)).slice(0, 3_000)
      else at[key] = Array(random.between(2, 12)).fill(before)
  }
  return changed
}

/** The JSON of a value with its keys in another order, some twice, and with blanks. */
export function oddJson(value: Json, random: Random): string {
  const entries = Object.entries(value).map(
    ([key, inner]) => `${JSON.stringify(key)}:${JSON.stringify(inner) ?? 'null'}`,
  )
  entries.sort(() => random.next() - 0.5)
  const twice = entries.length > 0 && random.chance(0.5) ? [random.pick(entries)] : []
  const blank = random.pick(['', ' ', '\n\t', '\r\n  '])
  return `{${[...twice, ...entries].join(`${blank},${blank}`)}${blank}}${blank}`
}
