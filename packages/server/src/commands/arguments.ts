import { parseArgs } from 'node:util'
import { FIELDS, type FieldName } from '../config/fields.js'
import { flagOf, type Source } from '../config/load.js'

const NAMES = Object.keys(FIELDS) as FieldName[]

export interface ParsedArguments {
  readonly command: string
  /** Of the command `log`. */
  readonly subcommand: string | undefined
  readonly help: boolean
  readonly version: boolean
  readonly configFile: string | undefined
  /** Flags that are no settings: of `backup`, `restore` and `check`. */
  readonly to: string | undefined
  readonly from: string | undefined
  readonly force: boolean
  /** Settings given as flags, one source each, so that an error can name the flag. */
  readonly settings: readonly Source[]
}

/** A mistake in the arguments: one sentence that says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Reads the command line; settings are given as text and are checked with all others later. */
export function readArguments(argv: readonly string[]): ParsedArguments {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean' },
    config: { type: 'string' },
    to: { type: 'string' },
    from: { type: 'string' },
    force: { type: 'boolean' },
  }
  for (const name of NAMES) {
    options[flagOf(name).slice(2)] = {
      type: FIELDS[name].kind === 'boolean' ? 'boolean' : 'string',
    }
  }
  const { values, positionals } = parse(argv, options)
  const most = positionals[0] === 'log' ? 2 : 1
  if (positionals.length > most)
    throw new UsageError(`“${positionals[most]}” is one argument too many. See tidings --help.`)
  const text = (name: string): string | undefined => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  return {
    command: positionals[0] ?? 'serve',
    subcommand: positionals[1],
    help: values.help === true,
    version: values.version === true,
    configFile: text('config'),
    to: text('to'),
    from: text('from'),
    force: values.force === true,
    settings: NAMES.flatMap((name) => {
      const value = values[flagOf(name).slice(2)]
      return value === undefined
        ? []
        : [{ name: `the flag ${flagOf(name)}`, values: { [name]: value }, text: true }]
    }),
  }
}

function parse(
  argv: readonly string[],
  options: NonNullable<Parameters<typeof parseArgs>[0]>['options'],
) {
  try {
    return parseArgs({
      args: [...argv],
      options: options ?? {},
      allowPositionals: true,
      allowNegative: true,
    })
  } catch (cause) {
    // Of an unknown option Node goes on about arguments that begin with a dash: there are none.
    const [message = ''] = (cause instanceof Error ? cause.message : String(cause)).split('. To ')
    throw new UsageError(`${message.replace(/\.$/, '')}. See tidings --help.`)
  }
}
