/** The server's settings, given on its command line at every start, so that a release changes them for all clusters. */

/** What the supervisor relies on; a caller can't change it. */
const FIXED = {
  // No TCP port at all: who may not enter the socket's folder (0700) can't even try a password.
  listen_addresses: '',
  unix_socket_permissions: '0700',
  logging_collector: 'off',
  log_destination: 'stderr',
} as const

const RESERVED = new Set([
  ...Object.keys(FIXED),
  'port',
  'unix_socket_directories',
  'data_directory',
  'config_file',
  'hba_file',
  'ident_file',
  'external_pid_file',
])

const DEFAULTS = {
  fsync: 'on',
  full_page_writes: 'on',
  max_connections: '60',
  shared_buffers: '64MB',
  huge_pages: 'off',
  // Nobody replicates from the embedded server: fewer processes, less memory.
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  // Without asynchronous I/O workers: three processes less, and data of this size is cached anyway.
  io_method: 'sync',
  // Shown in the titles of its processes, so that an operator sees whose they are.
  cluster_name: 'parlance',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // In the server's log the level `log` is above `error`: starts, stops, recovery and FATAL are kept. A statement's
  // error goes to the program that sent it; here it would only put people's data (constraint details) into the log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_line_prefix: '',
} as const

/** @throws Error when a caller wants to change what the supervisor relies on */
export function refuseReservedSettings(wanted: Record<string, string>): void {
  const reserved = Object.keys(wanted).find((name) => RESERVED.has(name.toLowerCase()))
  if (reserved) throw new Error(`The setting ${reserved} of the embedded PostgreSQL is not for the caller to change.`)
}

/**
 * Turns settings into arguments.
 *
 * @param wanted the caller's, over the defaults
 * @param socket where the socket lies, and the number that names it
 */
export function settingsArguments(
  wanted: Record<string, string>,
  socket: { argument: string; port: number },
): string[] {
  const all = { ...DEFAULTS, ...wanted, ...FIXED, port: socket.port, unix_socket_directories: socket.argument }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
