import { isIP } from 'node:net'
import { isHost, portIn } from './addresses.js'
import type { Config, FieldName } from './fields.js'
import { protocolOf } from './protocol-of.js'
import { isLongEnough } from './secret.js'

/** Tells that a field is wrong, with what it must be. */
export type Fail = (name: FieldName, problem: string, allowed?: string) => never

/** What the settings of a cluster must be together. */
export function checkCluster(config: Config, fail: Fail): void {
  if (config.log === 'memory') {
    if (config.store === 'sqlite') return
    fail('store', 'does not go with the log memory', 'sqlite, or the log kafka')
  }
  if (config.store === 'sqlite') {
    fail('store', 'does not go with the log kafka', 'postgres or cassandra')
  }
  if (config.kafkaBrokers.length === 0) fail('kafkaBrokers', 'is missing')
  for (const name of ['kafkaBrokers', 'redisClusterNodes', 'redisSentinels'] as const) {
    refuseOthers(config, fail, name, (address) => portIn(address) !== undefined)
  }
  if (config.kafkaMinInsyncReplicas > config.kafkaReplicationFactor) {
    fail(
      'kafkaMinInsyncReplicas',
      'is more than there are copies',
      `at most kafkaReplicationFactor, ${config.kafkaReplicationFactor}`,
    )
  }
  needBoth(config, fail, 'kafkaUsername', 'kafkaPassword')
  if (config.store === 'cassandra') {
    if (config.cassandraContactPoints.length === 0) fail('cassandraContactPoints', 'is missing')
    checkContactPoints(config, fail)
    needBoth(config, fail, 'cassandraUsername', 'cassandraPassword')
  }
  if (config.postgresUrl === undefined) fail('postgresUrl', 'is missing')
  if (!/^postgres(ql)?:$/.test(protocolOf(config.postgresUrl))) {
    fail('postgresUrl', 'is not an address')
  }
  checkRedis(config, fail)
  checkBus(config, fail)
}

function checkContactPoints(config: Config, fail: Fail): void {
  const name = 'cassandraContactPoints'
  refuseOthers(config, fail, name, (one) => isHost(one) || portIn(one) !== undefined)
  // the driver takes one port for all nodes
  const ports = config[name].map(portIn).filter((port) => port !== undefined)
  if (new Set(ports).size > 1) {
    fail(name, 'names several ports', 'one port for all nodes, or none for 9042')
  }
}

type AddressList =
  | 'kafkaBrokers'
  | 'redisClusterNodes'
  | 'redisSentinels'
  | 'cassandraContactPoints'

function refuseOthers(
  config: Config,
  fail: Fail,
  name: AddressList,
  isUsable: (address: string) => boolean,
): void {
  const other = config[name].find((address) => !isUsable(address))
  if (other !== undefined) fail(name, `holds “${other.slice(0, 100)}”`)
}

function checkRedis(config: Config, fail: Fail): void {
  const { redisUrl, redisClusterNodes, redisSentinels, redisSentinelName } = config
  const ways = [redisUrl !== undefined, redisClusterNodes.length > 0, redisSentinels.length > 0]
  const count = ways.filter(Boolean).length
  const allowed = 'the only one of redisUrl, redisClusterNodes and redisSentinels'
  if (count === 0) fail('redisUrl', 'is missing', allowed)
  if (count > 1) {
    fail(
      redisClusterNodes.length > 0 ? 'redisClusterNodes' : 'redisSentinels',
      'is too much',
      allowed,
    )
  }
  if (redisUrl !== undefined && !/^rediss?:$/.test(protocolOf(redisUrl))) {
    fail('redisUrl', 'is not an address')
  }
  if (redisUrl !== undefined && !/^\/?\d*$/.test(new URL(redisUrl).pathname)) {
    fail('redisUrl', 'names a database that is no number')
  }
  if (redisSentinels.length > 0 && redisSentinelName === undefined) {
    fail('redisSentinelName', 'is missing')
  }
}

function checkBus(config: Config, fail: Fail): void {
  const { busHost, busAdvertisedHost, busSecret, busTlsCa, busTlsCert, busTlsKey } = config
  if (busSecret !== undefined && !isLongEnough(busSecret)) fail('busSecret', 'is too short')
  const tls = { busTlsCa, busTlsCert, busTlsKey }
  const given = Object.values(tls).filter((path) => path !== undefined)
  if (given.length > 0 && given.length < 3) {
    for (const [name, path] of Object.entries(tls)) {
      if (path === undefined) {
        fail(name as FieldName, 'is missing', 'given with busTlsCa, busTlsCert and busTlsKey')
      }
    }
  }
  if (
    busHost !== 'localhost' &&
    !isLoopback(busHost) &&
    busSecret === undefined &&
    given.length === 0
  ) {
    fail(
      'busSecret',
      `is missing while busHost is ${busHost}`,
      'given, or busTlsCa, busTlsCert and busTlsKey',
    )
  }
  const isAny = busHost === '0.0.0.0' || busHost === '::'
  if (isAny && busAdvertisedHost === undefined) {
    fail('busAdvertisedHost', `is missing while busHost is ${busHost}`)
  }
}

function needBoth(config: Config, fail: Fail, name: FieldName, password: FieldName): void {
  if (config[name] !== undefined && config[password] === undefined) fail(password, 'is missing')
  if (config[name] === undefined && config[password] !== undefined) fail(name, 'is missing')
}

const isLoopback = (host: string): boolean =>
  host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
