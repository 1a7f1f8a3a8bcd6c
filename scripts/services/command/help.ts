import { variables } from '../sources/environment.js'
import { serviceWords } from '../wanted.js'

export function help(): string {
  const width = Math.max(...Object.keys(variables).map((name) => name.length))
  const lines = Object.entries(variables).map(([name, what]) => `  ${name.padEnd(width)}  ${what}`)
  return `npm run services -- up [--detach] [SERVICE…]   start services, print their addresses, stay until Ctrl-C
npm run services -- down                        stop everything that \`up\` has started from this folder
npm run services -- prepare                     install and fetch what services need, start nothing

Services: ${serviceWords.join(', ')}.
Without one: kafka cassandra redis postgres. With --detach the command returns when they answer.

Ports are free ones, data is in a temporary folder that is removed at the end. A service comes from the
first of: an address in the environment, which must answer; Docker Compose if Docker is running; processes
of this machine (Java 17 with jars that Maven fetches, Debian's packages; as root on Debian, what is
missing is installed).
TIDINGS_SERVICES=docker or TIDINGS_SERVICES=native leaves no choice.

Addresses, as they are printed and read:
${lines.join('\n')}`
}
