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

/**
 * Makes what is missing and sets the passwords. `owner` is connected as the owner of the database and must be allowed to
 * create roles. Safe to run from several processes at once.
 */
export const ensureRoles = async (owner: pg.ClientBase, database: string, roles: LoginRoles): Promise<void> => {
  await owner.query('begin')
  try {
    // Two processes of this database wait for each other here; other databases' are met by createIfMissing.
    await owner.query(`select pg_advisory_xact_lock(hashtext('parlance roles'))`)
    for (const group of ['parlance_app', 'parlance_system']) {
      await createIfMissing(owner, group, 'nologin')
    }
    for (const [group, { user, password }] of [
      ['parlance_app', roles.app],
      ['parlance_system', roles.system],
    ] as const) {
      const options = `login inherit nosuperuser nocreatedb nocreaterole nobypassrls`
      await createIfMissing(owner, user, options)
      await owner.query(`alter role ${pg.escapeIdentifier(user)} ${options} password ${pg.escapeLiteral(password)}`)
      await owner.query(`grant ${group} to ${pg.escapeIdentifier(user)}`)
      await owner.query(`grant connect on database ${pg.escapeIdentifier(database)} to ${pg.escapeIdentifier(user)}`)
    }
    await owner.query(`revoke connect, temporary on database ${pg.escapeIdentifier(database)} from public`)
    await owner.query('grant usage on schema public to parlance_app, parlance_system')
    await owner.query('commit')
  } catch (error) {
    await owner.query('rollback')
    if ((error as { code?: string }).code === '42501') {
      throw new Error(
        `DATABASE_URL: its role may not create roles, which Parlance needs once to log in without owning its tables. ` +
          `Run: alter role <role> createrole; and make it the owner of the database.`,
        { cause: error },
      )
    }
    throw error
  }
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
