import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import {
  connected,
  createTestDatabase,
  derivePassword,
  ensureTestRoles,
  MIGRATIONS,
  testCluster,
  type TestDatabase,
} from '#test/support/database.ts'
import { migrate, readMigrations } from './migrate.ts'
import { ensureRoles, loginRolesOf, type LoginRole } from './roles.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
  return () => database.drop()
})

const enter = (target: TestDatabase, role: LoginRole): Promise<string> =>
  connected({ ...target.socket, database: target.name, ...role }, async (client) => {
    const { rows } = await client.query<{ user: string }>('select current_user as user')
    return rows[0]!.user
  })

describe('the login roles of a database', () => {
  it('have names of their own and different passwords', () => {
    const one = loginRolesOf('one', derivePassword)
    const two = loginRolesOf('two', derivePassword)
    const all = [one.app, one.system, two.app, two.system]
    expect(new Set(all.map(({ user }) => user)).size).toBe(4)
    expect(new Set(all.map(({ password }) => password)).size).toBe(4)
    // The longest name that PostgreSQL keeps whole is 63 bytes.
    for (const { user } of all) expect(user).toMatch(/^parlance_(app|system)_[0-9a-f]{12}$/)
  })

  it('get in with their password and with no other', async () => {
    const { app, system } = await ensureTestRoles(database)
    expect(await enter(database, app)).toBe(app.user)
    expect(await enter(database, system)).toBe(system.user)
    await expect(enter(database, { ...app, password: system.password })).rejects.toMatchObject({ code: '28P01' })
  })

  it('cannot enter the database of another Parlance on the same server', async () => {
    const other = await createTestDatabase()
    onTestFinished(() => other.drop())
    const [ours, theirs] = [await ensureTestRoles(database), await ensureTestRoles(other)]
    for (const role of [ours.app, ours.system]) {
      await expect(enter(other, role)).rejects.toMatchObject({ code: '42501' })
    }
    for (const role of [theirs.app, theirs.system]) {
      await expect(enter(database, role)).rejects.toMatchObject({ code: '42501' })
    }
  })

  it('get a new password when the secret has changed', async () => {
    const old = await ensureTestRoles(database)
    const renewed = loginRolesOf(database.name, (purpose) => `new ${derivePassword(purpose)}`)
    await connected({ connectionString: database.url }, (owner) => ensureRoles(owner, database.name, renewed))
    expect(await enter(database, renewed.app)).toBe(renewed.app.user)
    await expect(enter(database, old.app)).rejects.toMatchObject({ code: '28P01' })
  })

  it('are made once by ten processes that start together, of two databases', async () => {
    const other = await createTestDatabase()
    onTestFinished(() => other.drop())
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, index) => ensureTestRoles(index % 2 === 0 ? database : other)),
    )
    expect(await enter(database, made[0]!.app)).toBe(made[0]!.app.user)
    expect(await enter(other, made[1]!.app)).toBe(made[1]!.app.user)
  })

  it('are refused when somebody made them mighty', async () => {
    const { app } = await ensureTestRoles(database)
    await database.owner.query(`alter role ${app.user} bypassrls`)
    await expect(ensureTestRoles(database)).rejects.toThrow(`The role ${app.user} may do more than Parlance allows it`)
  })
})

/** A database whose owner is a role of its own, as an operator makes it. */
const operatorsDatabase = async (attributes: string) => {
  const { superuser } = await testCluster()
  const user = `operator_${randomBytes(6).toString('hex')}`
  const admin = { ...superuser, database: 'postgres' }
  await connected(admin, async (client) => {
    await client.query(`create role ${user} login password 'pw' ${attributes}`)
    await client.query(`create database ${user} owner ${user}`)
  })
  onTestFinished(() => connected(admin, (client) => client.query(`drop database ${user} with (force)`)).then(() => {}))
  const asOperator = { ...superuser, user, password: 'pw', database: user }
  const prepare = () =>
    connected(asOperator, async (client) => {
      const roles = loginRolesOf(user, derivePassword)
      await ensureRoles(client, user, roles)
      await migrate(client, await readMigrations(MIGRATIONS))
      return roles
    })
  return { name: user, prepare, admin }
}

describe('an ordinary role as DATABASE_URL', () => {
  it('that may not create roles is told so, and nothing is left', async () => {
    const { prepare, name, admin } = await operatorsDatabase('nocreaterole')
    await expect(prepare()).rejects.toThrow('DATABASE_URL: its role may not create roles')
    const { app } = loginRolesOf(name, derivePassword)
    const { rows } = await connected(admin, (client) =>
      client.query('select from pg_roles where rolname = $1', [app.user]),
    )
    expect(rows).toEqual([])
  })

  it('that owns the database and may create roles is enough, at the first start and later', async () => {
    const { prepare, name, admin } = await operatorsDatabase('createrole')
    // Groups that another role made are only its to hand out since PostgreSQL 16.
    await connected(admin, (client) =>
      client.query(`grant parlance_app, parlance_system to ${pg.escapeIdentifier(name)} with admin option`),
    )
    await prepare()
    const { app } = await prepare()
    const login = { ...admin, ...app, database: name }
    const { rows } = await connected(login, (client) => client.query('select count(*)::int as users from users'))
    expect(rows).toEqual([{ users: 0 }])
  })

  it('that may not hand out the groups is told what to do (PostgreSQL 16 and newer)', async () => {
    const { prepare, admin } = await operatorsDatabase('createrole')
    const { rows } = await connected(admin, (client) =>
      client.query<{ version: number }>(`select current_setting('server_version_num')::int as version`),
    )
    if (rows[0]!.version < 160_000) return expect(await prepare()).toMatchObject({ app: {} })
    return expect(prepare()).rejects.toThrow('grant parlance_app, parlance_system to <role> with admin option')
  })

  it('that does not own the database is told so', async () => {
    const { superuser } = await testCluster()
    const user = `stranger_${randomBytes(6).toString('hex')}`
    await database.owner.query(`create role ${user} login createrole password 'pw'`)
    const stranger = { ...superuser, user, password: 'pw', database: database.name }
    await expect(
      connected(stranger, (client) => ensureRoles(client, database.name, loginRolesOf(database.name, derivePassword))),
    ).rejects.toThrow('DATABASE_URL: its role does not own the database.')
  })
})
