import { Client, type DseClientOptions } from 'cassandra-driver'
import { Searches } from './control-connection.js'
import { LeftHosts } from './left-hosts.js'

/** The driver's client, whose `shutdown` also ends what the driver forgets. */
export class WholeClient extends Client {
  private readonly searches = new Searches()
  private readonly left = new LeftHosts()

  constructor(options: DseClientOptions) {
    super(options)
    this.searches.hear(this)
    this.left.watch(this)
  }

  override async shutdown(): Promise<void> {
    await super.shutdown()
    await Promise.all([this.searches.close(), this.left.close()])
  }
}
