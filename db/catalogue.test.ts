import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { connected, createTestDatabase, ensureTestRoles } from '#test/support/database.ts'
import { catalogueRules } from './catalogue.rules.ts'
import { exemptFromRowSecurity, securityDefiners } from './policies.matrix.ts'

const database = await createTestDatabase()
const roles = await ensureTestRoles(database)
afterAll(() => database.drop())

/** The first column of every row. */
const list = async (sql: string): Promise<string[]> => {
  const { rows } = await database.owner.query<Record<string, string>>(sql)
  return rows.map((row) => Object.values(row)[0]!)
}

describe.each(catalogueRules)('$sentence', ({ violations, broken }) => {
  it('holds', async () => expect(await list(violations)).toEqual([]))

  it('is noticed when it is broken', async () => {
    await database.owner.query('begin')
    try {
      await database.owner.query(broken)
      expect(await list(violations)).not.toEqual([])
    } finally {
      await database.owner.query('rollback')
    }
  })
})

describe('exemptions', () => {
  it('tables without row-level security, enabled and forced on the owner too, are those that are listed', async () => {
    const open = await list(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        and not (relrowsecurity and relforcerowsecurity)`,
    )
    expect(open.toSorted()).toEqual(Object.keys(exemptFromRowSecurity).toSorted())
  })

  it('functions that run with the rights of their owner are those that are listed', async () => {
    const definers = await list(`select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`)
    expect(definers.toSorted()).toEqual(Object.keys(securityDefiners).toSorted())
  })
})

describe('the roles that Parlance logs in as', () => {
  const ours = `in ('parlance_app', 'parlance_system', '${roles.app.user}', '${roles.system.user}')`
  const connectedAs = <Result>(
    role: { user: string; password: string },
    work: (client: pg.Client) => Promise<Result>,
  ) => connected({ ...database.socket, database: database.name, ...role }, work)

  it('can neither bypass row-level security nor make roles or databases', async () => {
    expect(await list(`select rolname from pg_roles where rolname ${ours}`)).toHaveLength(4)
    const mighty = await list(
      `select rolname from pg_roles where rolname ${ours}
        and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`,
    )
    expect(mighty).toEqual([])
  })

  it('own nothing', async () => {
    const owning = await list(
      `select format('%s owns %s', refobjid::regrole, classid::regclass) from pg_shdepend
        where refclassid = 'pg_authid'::regclass and deptype = 'o' and refobjid::regrole::text ${ours}`,
    )
    expect(owning).toEqual([])
  })

  it('are members of one group each and of nothing else', async () => {
    const memberships = await list(
      `select format('%s in %s', pg_get_userbyid(member), pg_get_userbyid(roleid)) from pg_auth_members
        where pg_get_userbyid(member) ${ours} order by 1`,
    )
    expect(memberships).toEqual([`${roles.app.user} in parlance_app`, `${roles.system.user} in parlance_system`])
  })

  it.each([roles.app, roles.system])('can make nothing, not even a temporary table: $user', (role) =>
    connectedAs(role, async (client) => {
      for (const sql of ['create table mine (a int)', 'create temporary table mine (a int)', 'create schema mine']) {
        await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' })
      }
    }),
  )

  it.each([
    [roles.app, roles.system.user],
    [roles.system, roles.app.user],
  ])('cannot become another role: $0.user', (role, other) =>
    connectedAs(role, async (client) => {
      for (const target of [other, 'postgres']) {
        await expect(client.query(`set role ${pg.escapeIdentifier(target)}`)).rejects.toMatchObject({ code: '42501' })
      }
    }),
  )

  it('cannot switch row-level security off: the statement fails instead', () =>
    connectedAs(roles.app, async (client) => {
      await client.query('set row_security = off')
      await expect(client.query('select from users')).rejects.toMatchObject({ code: '42501' })
    }))
})
