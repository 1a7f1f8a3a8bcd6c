import { createServer as createHttpServer } from 'node:http'
import { createServer } from '@tidings/server'
import { help, readArguments } from './arguments.mjs'
import { readAssets, serveAssets } from './assets.mjs'
import { Refusal } from './refusal.mjs'
import { welcome } from './welcome.mjs'

/** Runs the chat until it is told to stop; resolves to the exit code. */
export async function main(argv) {
  try {
    const options = readArguments(argv)
    if (options.help) {
      console.log(help)
      return 0
    }
    await run(options)
    return 0
  } catch (error) {
    // What its user can mend is two sentences; anything else is a bug and keeps its stack.
    if (typeof error?.remedy !== 'string') throw error
    console.error(`${error.message} ${error.remedy}`)
    return 1
  }
}

async function run({ port, host, dataDir }) {
  refuseInProduction()
  const assets = readAssets()
  const tidings = await createServer({ dataDir, devLogin: true, logLevel: 'warn' })
  const http = createHttpServer((request, response) => serveAssets(assets, request, response))
  tidings.attach(http)
  try {
    await listen(http, port, host)
    console.log(welcome({ host, port: http.address().port, dataDir }))
    await Promise.race([untilStopped(), fatalError(tidings)])
  } finally {
    http.close()
    await tidings.close()
    http.closeAllConnections()
  }
  console.log('Stopped. Everything said is kept.')
}

function refuseInProduction() {
  if (process.env.NODE_ENV !== 'production') return
  throw new Refusal(
    'In the web chat a name is enough to be somebody, and NODE_ENV is production.',
    'Start it without that variable.',
  )
}

/** The server cannot go on, and says why. */
function fatalError(tidings) {
  return new Promise((_, reject) => {
    tidings.onFatal((error) => {
      reject(new Refusal(`The server had to stop: ${error.message}.`, 'Start it again.'))
    })
  })
}

function listen(http, port, host) {
  return new Promise((resolve, reject) => {
    http.once('error', (error) => reject(explain(error, port, host)))
    http.listen(port, host, resolve)
  })
}

function explain(error, port, host) {
  switch (error.code) {
    case 'EADDRINUSE':
      return new Refusal(
        `Port ${port} is taken by another program.`,
        `Stop that one, or choose another port: npm start -- --port ${port === 65_535 ? 8081 : port + 1}`,
      )
    case 'EACCES':
      return new Refusal(
        `This user may not listen on port ${port}.`,
        'Choose a port above 1023: npm start -- --port 8080',
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Refusal(
        `“${host}” is no address of this machine.`,
        'Leave --host out, or give it 127.0.0.1 or 0.0.0.0.',
      )
    default:
      return error
  }
}

/** A second signal ends the process at once. */
function untilStopped() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130))
        resolve()
      })
    }
  })
}
