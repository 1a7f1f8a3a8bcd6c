import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Config } from '../config/fields.js'
import {
  ConfigError,
  environmentSources,
  loadConfig,
  loadUnserved,
  type Source,
} from '../config/load.js'
import { type ParsedArguments, readArguments, UsageError } from './arguments.js'
import { helpText } from './help.js'

/** Runs one command and resolves to the exit code; errors that a user can mend are one sentence on stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const parsed = readArguments(argv)
    if (parsed.help) return print(helpText(parsed.command))
    if (parsed.version) return print(`${versionOf()}\n`)
    return await run(parsed)
  } catch (error) {
    if (error instanceof UsageError || error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`)
      return 2
    }
    if (error instanceof Error && 'remedy' in error && typeof error.remedy === 'string') {
      process.stderr.write(`${error.message} ${error.remedy}\n`)
      return 1
    }
    throw error
  }
}

async function run(parsed: ParsedArguments): Promise<number> {
  const config = configOf(parsed)
  switch (parsed.command) {
    case 'serve':
      return (await import('./serve.js')).serve(config)
    case 'backup':
      return (await import('./maintenance.js')).backup(
        config,
        required(parsed.to, 'backup', '--to DIR'),
      )
    case 'restore':
      return (await import('./maintenance.js')).restore(
        config,
        required(parsed.from, 'restore', '--from DIR'),
        parsed.force,
      )
    case 'check':
      return (await import('./maintenance.js')).check(config)
    case 'log':
      return runLog(config, parsed)
    default:
      throw new UsageError(
        `There is no command “${parsed.command.slice(0, 40)}”. See tidings --help.`,
      )
  }
}

async function runLog(config: Config, { subcommand, force }: ParsedArguments): Promise<number> {
  const log = await import('./log.js')
  if (subcommand === undefined) return log.showLog(config)
  if (subcommand === 'move') return log.moveLog(config)
  if (subcommand === 'renew') return log.renewLog(config, force)
  throw new UsageError(`“${subcommand.slice(0, 40)}” is not done to a log. See tidings --help.`)
}

function configOf(parsed: ParsedArguments): Config {
  const sources: Source[] = []
  if (parsed.configFile !== undefined) sources.push(fileSource(parsed.configFile))
  const load = parsed.command === 'serve' ? loadConfig : loadUnserved
  return load(...sources, ...environmentSources(process.env), ...parsed.settings)
}

function fileSource(path: string): Source {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new UsageError(
      `The configuration file ${path} cannot be read: check the path and its permissions.`,
    )
  }
  let values: unknown
  try {
    values = JSON.parse(text)
  } catch (cause) {
    throw new UsageError(`The configuration file ${path} is not JSON: ${whyNoJson(cause)}.`)
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new UsageError(`The configuration file ${path} must hold one object of settings.`)
  }
  return { name: `the file ${path}`, values: values as Record<string, unknown> }
}

/** Without what stands there, which may be a secret. */
const whyNoJson = (cause: unknown): string =>
  cause instanceof Error
    ? cause.message.replace(/, .* is not valid JSON$/s, '')
    : 'it cannot be parsed'

function required(value: string | undefined, command: string, flag: string): string {
  if (value === undefined || value === '') throw new UsageError(`tidings ${command} needs ${flag}.`)
  return value
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

function versionOf(): string {
  const manifest: unknown = createRequire(import.meta.url)('@tidings/server/package.json')
  return (manifest as { version: string }).version
}
