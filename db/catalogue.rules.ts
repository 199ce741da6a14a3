/**
 * What must hold for every table, policy, view and function, whoever adds it: questions to the catalogue that must find
 * nothing. `broken` is SQL that breaks the rule, so that `catalogue.test.ts` can see each rule fire.
 */

export interface CatalogueRule {
  readonly sentence: string
  /** Names what breaks the rule, one a row. */
  readonly violations: string
  readonly broken: string
}

const inPublic = `relnamespace = 'public'::regnamespace`

export const catalogueRules: readonly CatalogueRule[] = [
  {
    sentence: 'a table that anybody but the owner may use has row-level security',
    violations: `
      select distinct relname from pg_class c, aclexplode(relacl) acl
        where ${inPublic} and relkind in ('r', 'p') and not relrowsecurity and acl.grantee <> relowner`,
    broken: 'grant select on schema_migrations to parlance_system',
  },
  {
    sentence: 'nothing is granted to everybody, and nothing can be passed on',
    violations: `
      select format('%s on %s', acl.privilege_type, relname) from pg_class c, aclexplode(relacl) acl
        where ${inPublic} and acl.grantee <> relowner and (acl.grantee = 0 or acl.is_grantable)`,
    broken: 'grant select on users to public',
  },
  {
    sentence: 'nobody but the owner may truncate tables, refer to them or put triggers on them: that asks no policy',
    violations: `
      select format('%s on %s', acl.privilege_type, relname) from pg_class c, aclexplode(relacl) acl
        where ${inPublic} and relkind in ('r', 'p') and acl.grantee <> relowner
          and acl.privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')`,
    broken: 'grant truncate on users to parlance_system',
  },
  {
    sentence: 'every privilege has a policy, without which it would find no row',
    violations: `
      with granted (relation, grantee, privilege) as (
          select c.oid, acl.grantee, acl.privilege_type from pg_class c, aclexplode(relacl) acl
            where ${inPublic} and relrowsecurity and acl.grantee <> relowner
          union
          select c.oid, acl.grantee, acl.privilege_type
            from pg_class c join pg_attribute a on a.attrelid = c.oid, aclexplode(a.attacl) acl
            where ${inPublic} and relrowsecurity and acl.grantee <> relowner)
        select format('%s on %s to %s', privilege, relation::regclass, pg_get_userbyid(grantee)) from granted
          where not exists (select from pg_policy where polrelid = relation and grantee = any(polroles)
            and polcmd in ('*', case privilege when 'SELECT' then 'r' when 'INSERT' then 'a' when 'UPDATE' then 'w' else 'd' end::"char"))`,
    broken: 'grant select on servers to parlance_app',
  },
  {
    sentence: 'a policy that lets somebody write says what may be written',
    violations: `
      select format('%s on %s', polname, polrelid::regclass) from pg_policy
        where polcmd in ('*', 'a', 'w') and polwithcheck is null`,
    broken: 'create policy loose on messages for update to parlance_app using (owner_id = (select app_user()))',
  },
  {
    sentence: 'a policy names one of the two group roles, never everybody',
    violations: `
      select format('%s on %s', polname, polrelid::regclass) from pg_policy
        where exists (select from unnest(polroles) role
          where role = 0 or pg_get_userbyid(role) not in ('parlance_app', 'parlance_system'))`,
    broken: 'create policy loose on messages for select using (owner_id = (select app_user()))',
  },
  {
    // By way of `members`, too: only those who share a conversation with the person are there. What is doomed is nobody's.
    sentence: 'a policy for persons asks who the person is',
    violations: `
      select format('%s on %s', polname, polrelid::regclass) from pg_policy
        where 'parlance_app'::regrole = any(polroles) and polrelid <> 'doomed_blobs'::regclass
          and (pg_get_expr(polqual, polrelid) !~ 'app_user\\(\\)|my_team_conversations\\(\\)|FROM members'
            or pg_get_expr(polwithcheck, polrelid) !~ 'app_user\\(\\)|my_team_conversations\\(\\)')`,
    broken: 'create policy loose on messages for insert to parlance_app with check (true)',
  },
  {
    sentence: 'a policy asks once per statement and not once per row: who the person is stands in a sub-select',
    violations: `
      select format('%s on %s', polname, polrelid::regclass)
        from pg_policy, concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) expression
        where replace(expression, '( SELECT app_user() AS app_user)', '') like '%app_user%'
          or replace(expression, '( SELECT my_team_conversations() AS my_team_conversations)', '') like '%my_team_%'
          or expression like '%current_setting%'`,
    broken: 'create policy slow on messages for select to parlance_app using (owner_id = app_user())',
  },
  {
    sentence: 'a view reads with the rights of who asks',
    violations: `
      select relname from pg_class where ${inPublic} and relkind = 'v'
        and not coalesce(reloptions && array['security_invoker=true', 'security_invoker=on'], false)`,
    broken: 'create view everybody as select name from users',
  },
  {
    sentence: 'there are no materialised views and no foreign tables: they know no row-level security',
    violations: `select relname from pg_class where ${inPublic} and relkind in ('m', 'f')`,
    broken: 'create materialized view everybody as select name from users',
  },
  {
    sentence: 'a foreign key has an index that finds the referring rows, or removing one row reads a whole table',
    violations: `
      select format('%s (%s)', conrelid::regclass, conname) from pg_constraint c
        where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
          select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = any(c.conkey)
            and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) =
              (select format('(%s IS NOT NULL)', attname) from pg_attribute where attrelid = c.conrelid and attnum = c.conkey[1])))`,
    broken: 'drop index sessions_by_user',
  },
]
