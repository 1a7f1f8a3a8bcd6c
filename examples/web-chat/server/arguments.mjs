import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Refusal } from './refusal.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const defaults = { port: '8080', host: '127.0.0.1', data: join(root, 'data', 'web-chat') }

export const help = `The web chat of Tidings, with its server.

Usage: npm start -- [--port N] [--host NAME] [--data DIR]

  --port N      where to listen (default ${defaults.port}; 0 takes a free port)
  --host NAME   the address to listen on (default ${defaults.host}: only this machine;
                there is no password, so open it to others with care)
  --data DIR    where everything said is kept (default ${defaults.data})
`

/** What the command line asks for; throws a Refusal that says what is allowed. */
export function readArguments(argv, cwd = process.cwd()) {
  const { values } = parse(argv)
  const port = values.port ?? defaults.port
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new Refusal(`“${port}” is not a port.`, 'Give --port a number from 0 to 65535.')
  }
  for (const name of ['host', 'data']) {
    if (values[name] === '') throw new Refusal(`--${name} is empty.`, 'Leave it out, or name one.')
  }
  return {
    help: values.help === true,
    port: Number(port),
    host: values.host ?? defaults.host,
    dataDir: resolve(cwd, values.data ?? defaults.data),
  }
}

function parse(argv) {
  const options = {
    port: { type: 'string' },
    host: { type: 'string' },
    data: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  }
  try {
    return parseArgs({ args: argv, options })
  } catch (error) {
    throw new Refusal(`${error.message.split('.')[0]}.`, 'See npm start -- --help.')
  }
}
