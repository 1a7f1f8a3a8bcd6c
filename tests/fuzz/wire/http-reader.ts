export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Reads the answers of a server from bytes as they come; who asked says which of them have no body. */
export class HttpReader {
  private rest: Buffer = Buffer.alloc(0)

  constructor(
    private readonly isHead: () => boolean,
    private readonly onAnswer: (answer: HttpAnswer) => void,
  ) {}

  read(bytes: Buffer): void {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes])
    while (this.one());
  }

  private one(): boolean {
    const end = this.rest.indexOf('\r\n\r\n')
    if (end < 0) return false
    const [first = '', ...lines] = this.rest.subarray(0, end).toString('latin1').split('\r\n')
    const match = /^HTTP\/1\.1 (\d{3}) /.exec(first)
    if (match === null) throw new Error(`no answer of HTTP: ${first.slice(0, 100)}`)
    const status = Number(match[1])
    const headers = Object.fromEntries(
      lines.map((line) => {
        const at = line.indexOf(':')
        return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
      }),
    )
    const isInterim = status < 200 && status !== 101
    const hasBody =
      !isInterim && status !== 204 && status !== 304 && status !== 101 && !this.isHead()
    const length = hasBody ? Number(headers['content-length'] ?? Number.NaN) : 0
    if (Number.isNaN(length)) throw new Error(`an answer without a length: ${first}`)
    if (this.rest.length < end + 4 + length) return false
    const body = this.rest.subarray(end + 4, end + 4 + length)
    this.rest = this.rest.subarray(end + 4 + length)
    if (!isInterim) this.onAnswer({ status, headers, body })
    return this.rest.length > 0
  }
}
