// The command behind `npm run services`.
import { parseArgs } from 'node:util'
import { down } from './command/down.js'
import { help } from './command/help.js'
import { prepare } from './command/prepare.js'
import { up, upDetached } from './command/up.js'
import { parseWanted, ServiceFailed } from './index.js'

try {
  await run(process.argv.slice(2))
} catch (error) {
  const isTheirs =
    error instanceof ServiceFailed ||
    (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')
  console.error(isTheirs ? (error as Error).message : error)
  process.exitCode = 1
}

async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      detach: { type: 'boolean', short: 'd', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const [command, ...words] = positionals
  if (values.help || command === undefined || command === 'help') {
    console.log(help())
    return
  }
  if (command === 'down' && words.length === 0) return down()
  if (command === 'prepare' && words.length === 0) return prepare()
  if (command !== 'up') {
    throw new ServiceFailed(
      args.join(' '),
      'is not a command; there are up, down, prepare, --help.',
    )
  }
  const all = words.length > 0 ? words : ['kafka', 'cassandra', 'redis', 'postgres']
  parseWanted(all)
  await (values.detach ? upDetached(all) : up(all))
}
