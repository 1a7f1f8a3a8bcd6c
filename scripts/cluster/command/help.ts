import { options } from './arguments.js'

const { port, store, brokers, nodes, api, gateways, sequencers, balancer, from } = options

export const help = `A cluster of Tidings on this machine: real processes over Kafka, Cassandra or PostgreSQL, Redis and
PostgreSQL, behind a load balancer, with the web chat on top.

Usage: npm run cluster -- [options]

  --port N         where the load balancer listens, on 127.0.0.1 (default ${port.default})
  --store STORE    where messages lie: cassandra or postgres (default ${store.default})
  --brokers N      brokers of Kafka: 1 or 3 (default ${brokers.default})
  --nodes N        nodes of Cassandra: 1 or 3 (default ${nodes.default})
  --api N          processes with the role api (default ${api.default})
  --gateways N     processes with the role gateway (default ${gateways.default})
  --sequencers N   processes with the role sequencer (default ${sequencers.default})
  --balancer NAME  haproxy or envoy (default ${balancer.default})
  --name NAME      what its topics, tables and keys are called by (default: a random name)
  --restart        start a process again when it has ended
  --from WHAT      run what was built, or TypeScript: build or source (default ${from.default})

Anybody is let in by typing a name: the development login is on, so nothing listens beyond this machine.

Services are started for it, with their data in a temporary folder that is removed at the end. Running ones
are used, and left alone, where the environment names them (npm run services -- --help lists the variables);
what was said there is found again by a cluster of the same --name.

Ctrl-C drains the processes and stops everything. In a terminal there is a table that is kept up to date;
elsewhere a line is printed when something changes.
`
