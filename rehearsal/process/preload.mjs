/**
 * Goes before a rehearsed process's own code (`node --import`): `Date` is AWS time, and no socket leaves the machine.
 * What it needs to know comes in the environment variable REHEARSAL, as JSON, and later through `update`.
 */

import dgram from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import tls from 'node:tls'

const RealDate = Date
/** `hosts`: a host name, or host name and port, known to the rehearsal → its port on this machine. */
let world = { time: undefined, hosts: {} }

export function update(next) {
  world = { ...world, ...next }
}

if (process.env.REHEARSAL) update(JSON.parse(process.env.REHEARSAL))
delete process.env.REHEARSAL

function awsNow() {
  if (!world.time) return RealDate.now()
  const { aws, real, speed } = world.time
  // The wall clock could be set while a process runs; time origin plus elapsed time cannot.
  return Math.floor(aws + (performance.timeOrigin + performance.now() - real) * speed)
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, asked) => Reflect.construct(target, given.length ? given : [awsNow()], asked),
  apply: () => new RealDate(awsNow()).toString(),
  get: (target, key, proxy) => (key === 'now' ? awsNow : Reflect.get(target, key, proxy)),
})
RealDate.prototype.constructor = globalThis.Date

const isLoopback = host =>
  /^(localhost|127(\.\d+){3}|::1|\[::1\]|::ffff:127(\.\d+){3}|0\.0\.0\.0|::)$/i.test(host ?? 'localhost')
/** A host alone stands for its web ports. */
function knownPort(host, port) {
  const exact = world.hosts[`${host}:${port}`.toLowerCase()]
  return exact ?? ([80, 443].includes(Number(port)) ? world.hosts[`${host}`.toLowerCase()] : undefined)
}

function refusal(host, port) {
  const error = new Error(`connect to ${host}:${port} refused: nothing leaves this machine in a rehearsal`)
  return Object.assign(error, { code: 'EACCES', syscall: 'connect', address: host, port })
}

/** connect(port, host?), connect({host, port}) or, from inside Node, connect([{host, port}, callback]). */
function target(given) {
  const first = Array.isArray(given[0]) ? given[0][0] : given[0]
  if (typeof first === 'object' && first !== null) return first
  if (typeof first === 'string' && Number.isNaN(Number(first))) return { path: first }
  return { port: Number(first), host: typeof given[1] === 'string' ? given[1] : undefined }
}

const listener = given => (Array.isArray(given[0]) ? given[0] : given).findLast(one => typeof one === 'function')

const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...given) {
  const { host, port, path } = target(given)
  if (path) return connect.apply(this, given)
  const local = knownPort(host, port)
  if (local !== undefined) return connect.call(this, { host: '127.0.0.1', port: local }, listener(given))
  if (isLoopback(host)) return connect.apply(this, given)
  process.nextTick(() => this.destroy(refusal(host, port)))
  return this
}

const tlsConnect = tls.connect
/** TLS ends at the edge of the rehearsal: to a known host it is a plain connection that looks like a trusted one. */
tls.connect = (...given) => {
  const { host, port } =
    typeof given[0] === 'object' ? given[0] : { ...given.find(one => typeof one === 'object'), ...target(given) }
  if (knownPort(host, port) === undefined) return tlsConnect(...given)
  const socket = Object.assign(new net.Socket(), { encrypted: true, authorized: true, alpnProtocol: false })
  Object.assign(socket, { getPeerCertificate: () => ({}), getSession: () => undefined, isSessionReused: () => false })
  const secured = listener(given)
  if (secured) socket.once('secureConnect', secured)
  socket.once('connect', () => socket.emit('secureConnect'))
  return socket.connect({ host, port })
}

const send = dgram.Socket.prototype.send
dgram.Socket.prototype.send = function (...given) {
  const host = given.findLast(one => typeof one === 'string')
  if (!isLoopback(host)) throw refusal(host, 'udp')
  return send.apply(this, given)
}

/** Asking a name server is leaving the machine too; only `lookup` of this machine's own names is answered. */
function answerLocally(resolver, asPromise) {
  for (const name of Object.keys(resolver)) {
    if (!/^(lookup|resolve|reverse)/.test(name)) continue
    const real = resolver[name]
    resolver[name] = (host, ...rest) => {
      if (name === 'lookup' && (isLoopback(host) || net.isIP(host))) return real(host, ...rest)
      const error = refusal(host, 'dns')
      if (asPromise) return Promise.reject(error)
      process.nextTick(rest.at(-1), error)
    }
  }
}
answerLocally(dns, false)
answerLocally(dns.promises, true)
syncBuiltinESMExports()
