import * as z from 'zod/mini'

/** How a value is written in an environment variable or a flag. */
export type FieldKind = 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'secret' | 'secrets'

export interface Field<T> {
  readonly kind: FieldKind
  readonly schema: z.ZodMiniType<T>
  readonly default: T
  /** What it does, for `--help` and the docs. */
  readonly help: string
  /** What is allowed, for errors. */
  readonly allowed: string
  /** What a number counts, where its name does not say it (`Ms`, `Bytes`, `PerS`), for the docs. */
  readonly unit?: string
}

export const field = <T>(
  kind: FieldKind,
  schema: z.ZodMiniType<T>,
  fallback: NoInfer<T>,
  allowed: string,
  help: string,
): Field<T> => ({ kind, schema, default: fallback, help, allowed })

export const integer = (
  min: number,
  max: number,
  fallback: number,
  help: string,
  unit?: string,
): Field<number> => ({
  ...field(
    'integer',
    z.int().check(z.gte(min), z.lte(max)),
    fallback,
    `a whole number from ${min} to ${max}`,
    help,
  ),
  ...(unit !== undefined && { unit }),
})

export const optionalText = (allowed: string, help: string, kind: FieldKind = 'string') =>
  field<string | undefined>(
    kind,
    z.optional(z.string().check(z.minLength(1))),
    undefined,
    allowed,
    help,
  )

export const flag = (fallback: boolean, help: string): Field<boolean> =>
  field('boolean', z.boolean(), fallback, 'true or false', help)

export const list = (allowed: string, help: string, kind: FieldKind = 'list'): Field<string[]> =>
  field(kind, z.array(z.string().check(z.minLength(1))), [], allowed, help)

export const choice = <const T extends string>(
  values: readonly [T, ...T[]],
  fallback: NoInfer<T>,
  help: string,
): Field<T> => {
  const allowed =
    values.length === 1 ? values[0] : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
  return field('string', z.enum(values), fallback, allowed, help)
}
