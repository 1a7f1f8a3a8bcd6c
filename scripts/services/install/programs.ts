import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ServiceFailed } from '../run/failure.js'
import type { Progress } from '../run/run.js'
import { runCommand } from './command.js'
import { installPackages, mayInstall } from './debian.js'

interface Program {
  readonly name: string
  readonly find: () => Promise<string | undefined> | string | undefined
  readonly debianPackage: string
}

const program = (command: string, debianPackage = command): Program => ({
  name: command,
  find: () => onPath(command),
  debianPackage,
})

const programs = {
  java: { name: 'Java 17', find: findJava17, debianPackage: 'openjdk-17-jre-headless' },
  maven: program('mvn', 'maven'),
  redis: program('redis-server'),
  redisCli: program('redis-cli', 'redis-tools'),
  postgres: { name: 'PostgreSQL', find: findPostgres, debianPackage: 'postgresql' },
  haproxy: program('haproxy'),
  pip: program('pip3', 'python3-pip'),
} as const satisfies Record<string, Program>

export type ProgramName = keyof typeof programs

/** The paths of programs; what is missing is installed from Debian where that may be done. */
export async function ensurePrograms<Name extends ProgramName>(
  names: readonly Name[],
  progress: Progress,
): Promise<Record<Name, string>> {
  const missing = (await findAll(names)).filter(({ path }) => path === undefined)
  if (missing.length > 0 && mayInstall()) {
    await installPackages(
      missing.map(({ name }) => programs[name].debianPackage),
      progress,
    )
  }
  const found = await findAll(names)
  return Object.fromEntries(
    found.map(({ name, path }) => [name, path ?? notFound(programs[name])]),
  ) as Record<Name, string>
}

const findAll = <Name extends ProgramName>(names: readonly Name[]) =>
  Promise.all(names.map(async (name) => ({ name, path: await programs[name].find() })))

function notFound({ name, debianPackage }: Program): never {
  throw new ServiceFailed(
    name,
    `is not installed. Install it (Debian: apt-get install ${debianPackage}), start the services with ` +
      'Docker, or give the addresses of running ones: `npm run services -- --help` says how.',
  )
}

function onPath(command: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, command)).find(isExecutable)
}

/** Cassandra 5 runs on Java 11 and 17 only, so a newer one on the path does not do. */
async function findJava17(): Promise<string | undefined> {
  const home = process.env.JAVA_HOME
  const installed = foldersIn('/usr/lib/jvm').filter((folder) => folder.includes('17'))
  const candidates = [home && join(home, 'bin/java'), onPath('java')].concat(
    installed.map((folder) => join(folder, 'bin/java')),
  )
  for (const path of candidates) {
    if (!path || !isExecutable(path)) continue
    const { output } = await runCommand(path, ['-version'])
    if (/version "17\b/.test(output)) return path
  }
  return undefined
}

/** The folder with the server's programs, of which Debian puts only some on the path. */
function findPostgres(): string | undefined {
  const versions = foldersIn('/usr/lib/postgresql').sort((a, b) =>
    b.localeCompare(a, 'en', { numeric: true }),
  )
  const folders = [
    ...versions.map((folder) => join(folder, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ]
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((name) => isExecutable(join(folder, name))),
  )
}

const foldersIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
