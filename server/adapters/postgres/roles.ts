/**
 * The roles that the program logs in as. Two group roles carry the grants and policies (`parlance_app`,
 * `parlance_system`); each database has login roles of its own in them, so that two Parlances on one PostgreSQL
 * server can't enter each other's database. None of them owns anything or bypasses row-level security.
 */
import { createHash } from 'node:crypto'
import pg from 'pg'

export interface LoginRole {
  readonly user: string
  readonly password: string
}
export interface LoginRoles {
  readonly app: LoginRole
  readonly system: LoginRole
}

/** Names and passwords of a database's login roles. `derivePassword` makes a secret from its purpose. */
export const loginRolesOf = (database: string, derivePassword: (purpose: string) => string): LoginRoles => {
  const suffix = createHash('sha256').update(database).digest('hex').slice(0, 12)
  const role = (group: string): LoginRole => ({
    user: `${group}_${suffix}`,
    password: derivePassword(`database-role:${group}:${database}`),
  })
  return { app: role('parlance_app'), system: role('parlance_system') }
}

/** What values look like on the wire is ours to say, whatever the server's own configuration is. */
const SETTINGS = {
  timezone: 'UTC',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  bytea_output: 'hex',
  search_path: 'public',
}

/**
 * Makes what is missing and sets the passwords. `owner` is connected as the owner of the database and must be allowed to
 * create roles. Safe to run from several processes at once.
 */
export const ensureRoles = async (owner: pg.ClientBase, database: string, roles: LoginRoles): Promise<void> => {
  await owner.query('begin')
  try {
    await refuseStranger(owner)
    // Two processes of this database wait for each other here; other databases' are met by createIfMissing.
    await owner.query(`select pg_advisory_xact_lock(hashtext('parlance roles'))`)
    await explaining(needsCreateRole, async () => {
      for (const group of ['parlance_app', 'parlance_system']) await createIfMissing(owner, group, 'nologin')
      for (const { user, password } of [roles.app, roles.system]) {
        await createIfMissing(owner, user, 'login inherit nosuperuser nocreatedb nocreaterole nobypassrls')
        // Only the password: naming an attribute of superusers, even to take it away, needs a superuser.
        await owner.query(`alter role ${pg.escapeIdentifier(user)} password ${pg.escapeLiteral(password)}`)
        for (const [name, value] of Object.entries(SETTINGS)) {
          await owner.query(`alter role ${pg.escapeIdentifier(user)} set ${name} = ${pg.escapeLiteral(value)}`)
        }
      }
      await refuseMighty(owner, ['parlance_app', 'parlance_system', roles.app.user, roles.system.user])
    })
    await explaining(needsGroups, async () => {
      await owner.query(`grant parlance_app to ${pg.escapeIdentifier(roles.app.user)}`)
      await owner.query(`grant parlance_system to ${pg.escapeIdentifier(roles.system.user)}`)
    })
    await closeDatabase(owner, database, roles)
    await owner.query('commit')
  } catch (error) {
    await owner.query('rollback')
    throw error
  }
}

const closeDatabase = async (owner: pg.ClientBase, database: string, roles: LoginRoles): Promise<void> => {
  const name = pg.escapeIdentifier(database)
  for (const { user } of [roles.app, roles.system]) {
    await owner.query(`grant connect on database ${name} to ${pg.escapeIdentifier(user)}`)
  }
  await owner.query(`revoke connect, temporary on database ${name} from public`)
  await owner.query('grant usage on schema public to parlance_app, parlance_system')
}

const needsCreateRole =
  'DATABASE_URL: its role may not create roles, which Parlance needs once to log in without owning its tables. ' +
  'Run: alter role <role> createrole; and make it the owner of the database.'
/** PostgreSQL 16 and newer: who may create roles may only hand out those that he created. */
const needsGroups =
  'DATABASE_URL: its role may not hand out parlance_app and parlance_system, which another role of this server made. ' +
  'Run: grant parlance_app, parlance_system to <role> with admin option;'
const needsOwnership =
  'DATABASE_URL: its role does not own the database. Run: alter database <database> owner to <role>;'

/** Checked, because PostgreSQL only warns when a stranger grants and revokes. */
const refuseStranger = async (owner: pg.ClientBase): Promise<void> => {
  const { rows } = await owner.query<{ owns: boolean }>(
    `select pg_has_role(datdba, 'usage') as owns from pg_database where datname = current_database()`,
  )
  if (!rows[0]?.owns) throw new Error(needsOwnership)
}

/** Gives "permission denied" a sentence that says what to do. */
const explaining = async (sentence: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    throw (error as { code?: string }).code === '42501' ? new Error(sentence, { cause: error }) : error
  }
}

/** Somebody else may have made a role of our name: one that bypasses row-level security must never serve a request. */
const refuseMighty = async (owner: pg.ClientBase, names: readonly string[]): Promise<void> => {
  const { rows } = await owner.query<{ rolname: string }>(
    `select rolname from pg_roles where rolname = any($1) and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)`,
    [names],
  )
  if (rows[0])
    throw new Error(`The role ${rows[0].rolname} may do more than Parlance allows it. Drop it, or take that away.`)
}

/** Roles belong to the whole server: another database's start may make the same group role at the same moment. */
const createIfMissing = (owner: pg.ClientBase, role: string, options: string): Promise<unknown> =>
  owner.query(`
    do $$ begin
      if not exists (select from pg_roles where rolname = ${pg.escapeLiteral(role)}) then
        create role ${pg.escapeIdentifier(role)} ${options};
      end if;
    exception when duplicate_object or unique_violation then null;
    end $$`)
