import { chown, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PostgresService } from '../addresses.js'
import { ensurePrograms } from '../install/programs.js'
import { answersSql } from '../ready/postgres.js'
import { failedWithLog, ServiceFailed } from '../run/failure.js'
import type { Run } from '../run/run.js'
import { type Secured, writeCertificate } from '../run/secured.js'

const user = 'app'
const readyWithinMs = 60_000
// Several test files share it, each with pools of its own.
const settings = ['-c', 'fsync=off', '-c', 'max_connections=300']

/** One PostgreSQL, without a password on the loopback address, and without fsync: only a kill is survived. */
export function startPostgres(run: Run): Promise<PostgresService> {
  return run.step('PostgreSQL', async () => {
    const { postgres: programs } = await ensurePrograms(['postgres'], run.progress)
    const owner = await unprivilegedOwner()
    const folder = await run.makeFolder('postgres')
    if (owner) await chown(folder, owner.uid, owner.gid)
    const data = join(folder, 'data')
    const options = { cwd: folder, ...owner }
    const initdb = ['-D', data, '-A', 'trust', '-U', user, '-E', 'UTF8', '--locale=C', '--no-sync']
    const program = join(programs, 'initdb')
    const { succeeded, how, output } = await run.command('initdb', program, initdb, options)
    if (!succeeded) throw failedWithLog('postgres', `could not make its data (${how}).`, output)
    const port = await run.ports.take()
    const direct = `127.0.0.1:${port}`
    const reach = await run.reach(direct)
    const node = run.node({
      name: 'postgres',
      ...reach,
      command: join(programs, 'postgres'),
      args: [
        ...['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', ''],
        ...settings,
        ...(run.secured ? await encrypted(run.secured, folder, data, owner) : []),
      ],
      options,
      readyWithinMs,
      isReady: () => answersSql(urlAt(direct)),
    })
    await node.start()
    const url = urlAt(reach.address)
    if (run.secured === undefined) return { url, nodes: [node] }
    await makeUser(url, run.secured)
    const { username, password } = run.secured
    const encryptedUrl = `postgres://${username}:${password}@${direct}/postgres?sslmode=verify-full`
    return { url, nodes: [node], secured: { url: encryptedUrl } }
  })
}

/** Others than the owner come in by password, and only encrypted. */
async function encrypted(
  secured: Secured,
  folder: string,
  data: string,
  owner: Owner | undefined,
): Promise<readonly string[]> {
  const { cert, key } = await writeCertificate(folder, secured)
  if (owner) for (const file of [cert, key]) await chown(file, owner.uid, owner.gid)
  const rules = [
    `host all ${user} 127.0.0.1/32 trust`,
    'hostssl all all 127.0.0.1/32 scram-sha-256',
  ]
  await writeFile(join(data, 'pg_hba.conf'), `${rules.join('\n')}\n`)
  const files = [`ssl_cert_file=${cert}`, `ssl_key_file=${key}`]
  return ['ssl=on', ...files].flatMap((setting) => ['-c', setting])
}

async function makeUser(url: string, { username, password }: Secured): Promise<void> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const [name, word] = [client.escapeIdentifier(username), client.escapeLiteral(password)]
    await client.query(`CREATE ROLE ${name} LOGIN PASSWORD ${word}`)
    await client.query(`GRANT CREATE ON DATABASE postgres TO ${name}`)
  } finally {
    await client.end()
  }
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

const urlAt = (address: string) => `postgres://${user}@${address}/postgres`

/** PostgreSQL refuses to be root; Debian's package brings a user for it. */
async function unprivilegedOwner(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const line = /^postgres:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'utf8'))
  if (line) return { uid: Number(line[1]), gid: Number(line[2]) }
  throw new ServiceFailed('postgres', 'refuses to run as root, and there is no user "postgres".')
}
