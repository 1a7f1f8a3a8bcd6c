type CamelKey<S> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelKey<Tail> & string>}`
  : S

/** A wire type with its names in camelCase. What stands in `metadata` is the application's own. */
export type Camel<T> = T extends readonly (infer Item)[]
  ? readonly Camel<Item>[]
  : T extends object
    ? { readonly [K in keyof T as CamelKey<K>]: K extends 'metadata' ? T[K] : Camel<T[K]> }
    : T

type Rename = (name: string) => string

function renamed(value: unknown, rename: Rename): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      rename(name),
      name === 'metadata' ? field : renamed(field, rename),
    ]),
  )
}

/** Names that were met: the protocol has some eighty, and what is none of its names is not worth keeping. */
const camelNames = new Map<string, string>()
const NAMES_MAX = 500

function camelName(name: string): string {
  let camel = camelNames.get(name)
  if (camel === undefined) {
    camel = name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
    if (camelNames.size < NAMES_MAX) camelNames.set(name, camel)
  }
  return camel
}

/** From the wire's names to the SDK's, at every level but inside `metadata`. */
export const toCamel = <T>(value: T): Camel<T> => renamed(value, camelName) as Camel<T>

/** From the SDK's names to the wire's. */
export const toSnake = (value: unknown): unknown =>
  renamed(value, (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
