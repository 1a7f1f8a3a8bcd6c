import { describe, expect, it } from 'vitest'
import { readArguments } from '../../scripts/cluster/command/arguments.js'
import { help } from '../../scripts/cluster/command/help.js'
import { Program } from '../e2e/program.js'

describe('the arguments of npm run cluster', () => {
  it('are two api processes, three gateways and two sequencers over Cassandra where nothing is said', () => {
    expect(readArguments([])).toEqual({
      port: 8080,
      api: 2,
      gateways: 3,
      sequencers: 2,
      store: 'cassandra',
      brokers: 1,
      nodes: 1,
      loadBalancer: 'haproxy',
      from: 'build',
      restart: false,
    })
  })

  it('say otherwise', () => {
    const args = '--port 9000 --store postgres --brokers 3 --nodes 3 --gateways 1 --name mine'
    expect(readArguments([...args.split(' '), '--restart', '--balancer', 'envoy'])).toMatchObject({
      port: 9000,
      store: 'postgres',
      brokers: 3,
      nodes: 3,
      gateways: 1,
      name: 'mine',
      restart: true,
      loadBalancer: 'envoy',
    })
  })

  it('are explained, every one of them', () => {
    expect(readArguments(['-h'])).toBe('help')
    for (const name of Object.keys(readArguments([]))) {
      expect(help).toContain(`--${name === 'loadBalancer' ? 'balancer' : name}`)
    }
  })

  it.each([
    ['--port 70000', '--port must be a number from 1 to 65535, not “70000”.'],
    ['--gateways 0', '--gateways must be a number from 1 to 9, not “0”.'],
    ['--brokers 2', '--brokers must be 1 or 3, not “2”.'],
    ['--nodes x', '--nodes must be 1 or 3, not “x”.'],
    ['--store sqlite', '--store must be cassandra or postgres, not “sqlite”.'],
    ['--name A-b', '--name must be small letters and digits, at most 21, a letter first.'],
    ['--colour', "Unknown option '--colour'. See npm run cluster -- --help."],
  ])('refuse %s in one sentence', (line, message) => {
    expect(() => readArguments(line.split(' '))).toThrow(message)
  })

  it('are refused before anything is built', async () => {
    const program = new Program(['scripts/cluster.mjs', '--brokers', '2'])
    expect(await program.ended).toBe(1)
    expect(program.err).toBe('--brokers must be 1 or 3, not “2”.\n')
    expect(program.out).toBe('')
  })
})
