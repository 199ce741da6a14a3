-- The schema after all migrations. Written by `node db/generate.ts`; a test compares it. Do not edit.

set check_function_bodies = false;

CREATE OR REPLACE FUNCTION public.app_user()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid
;

CREATE OR REPLACE FUNCTION public.carry_out_erasure()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$
declare plan public.training_erasures;
begin
  select * into strict plan from public.training_erasures
    where conversation_id = new.conversation_id and owner_id = new.owner_id and based_on = new.revision - 1
      and content_hash = new.content_hash;
  delete from public.training_erasures where conversation_id = new.conversation_id;
  delete from public.training_words where conversation_id = new.conversation_id and turn_number = any (plan.turns);
  -- By way of negative numbers, because a key is unique at every moment of a statement.
  update public.training_words w
    set turn_number = -(turn_number - (select count(*) from unnest(plan.turns) gone where gone < w.turn_number))
    where conversation_id = new.conversation_id;
  update public.training_words set turn_number = -turn_number where conversation_id = new.conversation_id;
  update public.training_redactions set sealed_map = plan.sealed_map
    where conversation_id = new.conversation_id and plan.sealed_map is not null;
  delete from public.training_redactions where conversation_id = new.conversation_id and plan.sealed_map is null;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.doom_blob()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into doomed_blobs (blob_key, doomed_at) values (old.blob_key, now()) on conflict do nothing;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.doom_conversion_blobs()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into doomed_blobs (blob_key, doomed_at)
    select key, time from (values (old.input_key, now()),
      (old.output_key, case when old.lease_id is null then now() else now() + interval '30 seconds' end)) as held (key, time)
    where key is not null and not key = any (array_remove(array[new.input_key, new.output_key], null))
    on conflict (blob_key) do update set doomed_at = excluded.doomed_at;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.doom_export_blobs()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.folder is not null and (tg_op = 'DELETE' or old.folder is distinct from new.folder) then
    insert into doomed_blobs (blob_key, doomed_at)
      values ('training-exports/' || old.folder,
        case when old.lease_id is null then now() else now() + interval '30 seconds' end)
      on conflict do nothing;
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.doom_training_blobs()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into doomed_blobs (blob_key, doomed_at)
    select 'conversation-files/' || path, greatest(now(), old.file_lease_until)
    from (values (old.owner_id || '/' || old.conversation_id || '/conversation.json'),
      ('raw/' || old.owner_id || '/' || old.conversation_id || '.json')) as held (path)
    on conflict do nothing;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.doom_words_of_message()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$
begin
  update public.training_words set doomed_at = now() where message_id = new.message_id and doomed_at is null;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.doom_words_of_person()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$
begin
  -- What they own goes with them anyway.
  update public.training_words set doomed_at = now()
    where person_id = old.user_id and owner_id <> old.user_id and doomed_at is null;
  return old;
end $function$
;

CREATE OR REPLACE FUNCTION public.enter(person uuid, credential_kind text, credential_hash bytea, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform set_config('app.user_id', person::text, true);
  if credential_kind = 'session' then
    perform from sessions
      where token_hash = credential_hash and user_id = person
        and expires_at > at and last_seen_at > at - interval '30 days';
  else
    perform from access_tokens
      where token_hash = credential_hash and user_id = person and (expires_at is null or expires_at > at);
  end if;
  if not found then
    raise exception 'the credential was revoked or has expired' using errcode = 'PA401';
  end if;
end $function$
;

CREATE OR REPLACE FUNCTION public.forget_erased_item()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.facts := '{}';
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.forget_redactions()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from training_redactions where conversation_id = new.conversation_id;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.keep_conversation_totals()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'INSERT' then
    -- Team conversations are nobody's in particular, and who makes them may not write here.
    if exists (select from changed where owner_id is not null) then
      insert into conversation_totals as t (owner_id, kind, total)
        select owner_id, kind, count(*) from changed where owner_id is not null group by owner_id, kind
        on conflict (owner_id, kind) do update set total = t.total + excluded.total;
    end if;
  else
    update conversation_totals t set total = t.total - gone.total
      from (select owner_id, kind, count(*) as total from changed group by owner_id, kind) gone
      where t.owner_id = gone.owner_id and t.kind = gone.kind;
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.keep_file_totals()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  -- By statement and not by row: a statement that sends or removes many would write a version of the same row for each.
  if tg_op = 'DELETE' then
    update file_totals t set total = t.total - gone.total
      from (select conversation_id, kind, count(*) as total from changed where message_id is not null group by 1, 2) gone
      where t.conversation_id = gone.conversation_id and t.kind = gone.kind;
  elsif tg_op = 'INSERT' then
    insert into file_totals as t (conversation_id, kind, total)
      select conversation_id, kind, count(*) from changed where message_id is not null group by 1, 2 order by 1, 2
      on conflict (conversation_id, kind) do update set total = t.total + excluded.total;
  else
    insert into file_totals as t (conversation_id, kind, total)
      select c.conversation_id, c.kind, count(*) from changed c join unsent u on u.file_id = c.file_id
        where u.message_id is null and c.message_id is not null group by 1, 2 order by 1, 2
      on conflict (conversation_id, kind) do update set total = t.total + excluded.total;
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.keep_storage_use()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$
begin
  if tg_op = 'INSERT' then
    insert into public.storage_use as u (user_id, bytes)
      select uploader_id, sum(size)::bigint from changed where uploader_id is not null
        group by uploader_id order by uploader_id
      on conflict (user_id) do update set bytes = u.bytes + excluded.bytes;
  else
    -- In one order, or two deletions of many people's files would wait for each other.
    perform from public.storage_use where user_id in (select uploader_id from changed) order by user_id for update;
    update public.storage_use u set bytes = u.bytes - gone.bytes
      from (select uploader_id, sum(size)::bigint as bytes from changed group by uploader_id) gone
      where u.user_id = gone.uploader_id;
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.keep_training_totals()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'INSERT' then
    insert into training_totals as t (owner_id, status, tier, total, scored, score_sum)
      select owner_id, status, tier, count(*), count(quality_score), coalesce(sum(quality_score::numeric), 0)
      from changed group by 1, 2, 3 order by 1, 2, 3
      on conflict (owner_id, status, tier) do update
        set total = t.total + excluded.total, scored = t.scored + excluded.scored, score_sum = t.score_sum + excluded.score_sum;
  elsif tg_op = 'DELETE' then
    update training_totals t
      set total = t.total - gone.total, scored = t.scored - gone.scored, score_sum = t.score_sum - gone.score_sum
      from (
        select owner_id, status, tier, count(*) as total, count(quality_score) as scored,
          coalesce(sum(quality_score::numeric), 0) as score_sum
        from changed group by 1, 2, 3
      ) gone
      where (t.owner_id, t.status, t.tier) = (gone.owner_id, gone.status, gone.tier);
  else
    insert into training_totals as t (owner_id, status, tier, total, scored, score_sum)
      select owner_id, status, tier, sum(sign), coalesce(sum(sign) filter (where quality_score is not null), 0),
        coalesce(sum(sign * quality_score::numeric), 0)
      from (
        select c.owner_id, c.status, c.tier, c.quality_score, 1 as sign from changed c join former f using (conversation_id)
          where (c.status, c.tier, c.quality_score) is distinct from (f.status, f.tier, f.quality_score)
        union all
        select f.owner_id, f.status, f.tier, f.quality_score, -1 from changed c join former f using (conversation_id)
          where (c.status, c.tier, c.quality_score) is distinct from (f.status, f.tier, f.quality_score)
      ) changes group by 1, 2, 3 order by 1, 2, 3
      on conflict (owner_id, status, tier) do update
        set total = t.total + excluded.total, scored = t.scored + excluded.scored, score_sum = t.score_sum + excluded.score_sum;
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.my_team_conversations()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER ROWS 50
 SET search_path TO 'pg_catalog', 'public'
AS $function$ select conversation_id from public.members where user_id = public.app_user() and left_at is null $function$
;

CREATE OR REPLACE FUNCTION public.name_key_of(name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN lower(translate(regexp_replace(NORMALIZE(name, NFKD), '[\u0300-\u036f]'::text, ''::text, 'g'::text), 'đĐ'::text, 'dd'::text))
;

CREATE OR REPLACE FUNCTION public.note_team_event(conversation uuid, event_kind text, message uuid DEFAULT NULL::uuid, person uuid DEFAULT NULL::uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into team_events (conversation_id, person_id, kind, message_id) values (conversation, person, event_kind, message);
  -- Equal notices of one transaction are delivered once.
  perform pg_notify('parlance', '{"kind":"team-events"}');
end $function$
;

CREATE OR REPLACE FUNCTION public.note_team_message()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform note_team_event(new.conversation_id,
    case when tg_op = 'INSERT' then 'message-posted'
      when new.deleted_at is not null then 'message-deleted'
      else 'message-changed' end,
    new.message_id);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.refuse_foreign_words()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'only its sender changes the words of a message, and nobody its sender' using errcode = '42501';
end $function$
;

CREATE OR REPLACE FUNCTION public.replace_older_revisions()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from training_revisions where conversation_id = new.conversation_id and revision < new.revision;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.tell_of_doomed_words()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('parlance', '{"kind":"words-doomed"}');
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.withdraw_erased_exports()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update exports e set status = case status when 'processing' then 'queued' else 'expired' end,
      error_code = case status when 'completed' then 'export.erased' end, done = case status when 'completed' then done else 0 end,
      folder = null, lease_id = null, leased_until = null
    where e.owner_id in (select owner_id from gone) and e.status in ('processing', 'completed') and (
      exists (select from gone where conversation_id = any (e.conversation_ids))
      -- Its items have no revision any more.
      or exists (select from gone join dataset_items i using (conversation_id)
        where i.dataset_id = e.dataset_id and i.version = e.version));
  return null;
end $function$
;

create table access_tokens (
  access_token_id uuid not null,
  user_id uuid not null,
  name text not null,
  token_hash bytea not null,
  created_at timestamp with time zone not null,
  last_used_at timestamp with time zone,
  expires_at timestamp with time zone,
  constraint access_tokens_pkey PRIMARY KEY (access_token_id),
  constraint access_tokens_token_hash_key UNIQUE (token_hash)
);

CREATE INDEX access_tokens_by_user ON public.access_tokens USING btree (user_id, created_at DESC);

alter table access_tokens enable row level security;
alter table access_tokens force row level security;
create policy person_keeps_own on access_tokens for all to parlance_app
  using (user_id = (( SELECT app_user() AS app_user)))
  with check (user_id = (( SELECT app_user() AS app_user)));
create policy system_notes_use on access_tokens for all to parlance_system
  using (true)
  with check (true);
grant select, insert, delete on access_tokens to parlance_app;
grant select, update (last_used_at), delete on access_tokens to parlance_system;

create table consent_requests (
  request_id uuid not null,
  conversation_id uuid not null,
  asker_id uuid not null,
  purpose text not null,
  asked_at timestamp with time zone not null,
  constraint consent_requests_pkey PRIMARY KEY (request_id),
  constraint consent_requests_conversation_id_asker_id_key UNIQUE (conversation_id, asker_id)
);

CREATE INDEX consent_requests_by_asker ON public.consent_requests USING btree (asker_id);

alter table consent_requests enable row level security;
alter table consent_requests force row level security;
create policy system_keeps on consent_requests for all to parlance_system
  using (true)
  with check (true);
grant select, insert, delete on consent_requests to parlance_system;

create table consents (
  request_id uuid not null,
  user_id uuid not null,
  answer text not null,
  answered_at timestamp with time zone not null,
  constraint consents_pkey PRIMARY KEY (request_id, user_id),
  constraint consents_answer_check CHECK (answer = ANY (ARRAY['granted'::text, 'declined'::text]))
);

CREATE INDEX consents_by_user ON public.consents USING btree (user_id);

alter table consents enable row level security;
alter table consents force row level security;
create policy system_keeps on consents for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on consents to parlance_system;

create table consultant_profiles (
  owner_id uuid not null,
  profile jsonb not null,
  updated_at timestamp with time zone not null,
  constraint consultant_profiles_pkey PRIMARY KEY (owner_id)
);

alter table consultant_profiles enable row level security;
alter table consultant_profiles force row level security;
create policy owner_keeps on consultant_profiles for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
grant select, insert, update on consultant_profiles to parlance_app;

create table conversation_totals (
  owner_id uuid not null,
  kind text not null,
  total integer not null,
  constraint conversation_totals_pkey PRIMARY KEY (owner_id, kind)
);

alter table conversation_totals enable row level security;
alter table conversation_totals force row level security;
create policy owner_counts on conversation_totals for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_counts on conversation_totals for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update on conversation_totals to parlance_app;
grant select, update on conversation_totals to parlance_system;

create table conversations (
  conversation_id uuid not null,
  kind text not null,
  owner_id uuid,
  title text,
  metadata jsonb,
  parent_id uuid,
  branch_count integer default 0 not null,
  message_count integer default 0 not null,
  reply_count integer default 0 not null,
  last_message_at timestamp with time zone,
  preview text,
  running_reply_id uuid,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  active_at timestamp with time zone not null,
  team_type text,
  direct_pair uuid[],
  member_count integer default 0 not null,
  constraint conversations_pkey PRIMARY KEY (conversation_id),
  constraint conversations_conversation_id_owner_id_key UNIQUE (conversation_id, owner_id),
  constraint conversations_direct_pair_key UNIQUE (direct_pair),
  constraint conversations_belong_to_somebody CHECK ((kind = 'team'::text) = (owner_id IS NULL) AND (kind = 'team'::text) = (team_type IS NOT NULL)),
  constraint conversations_direct_have_a_pair CHECK ((NOT team_type IS DISTINCT FROM 'direct'::text) = (direct_pair IS NOT NULL)),
  constraint conversations_kind_check CHECK (kind = ANY (ARRAY['assistant'::text, 'team'::text, 'training'::text])),
  constraint conversations_team_type_check CHECK (team_type = ANY (ARRAY['group'::text, 'direct'::text]))
);

CREATE INDEX conversations_by_activity ON public.conversations USING btree (owner_id, kind, active_at DESC, conversation_id DESC);
CREATE INDEX conversations_by_creation ON public.conversations USING btree (owner_id, kind, created_at DESC, conversation_id DESC);
CREATE INDEX conversations_by_parent ON public.conversations USING btree (parent_id) WHERE (parent_id IS NOT NULL);

CREATE TRIGGER conversations_are_counted AFTER INSERT ON conversations REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_conversation_totals();
CREATE TRIGGER conversations_are_uncounted AFTER DELETE ON conversations REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_conversation_totals();

alter table conversations enable row level security;
alter table conversations force row level security;
create policy members_see on conversations for select to parlance_app
  using (owner_id IS NULL AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy members_tend on conversations for update to parlance_app
  using (owner_id IS NULL AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)))
  with check (owner_id IS NULL AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy owner_keeps on conversations for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_tends on conversations for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on conversations to parlance_app;
grant select, insert, update, delete on conversations to parlance_system;

create table conversion_jobs (
  session_hash bytea not null,
  job_id uuid not null,
  task_id uuid,
  original_filename text not null,
  source_format text not null,
  target_format text,
  engine text,
  size bigint not null,
  input_key text,
  output_key text,
  output_format text,
  output_size bigint,
  status text not null,
  progress real,
  attempts integer default 0 not null,
  error_type text,
  error_message text,
  lease_id uuid,
  leased_until timestamp with time zone,
  created_at timestamp with time zone not null,
  queued_at timestamp with time zone,
  completed_at timestamp with time zone,
  expires_at timestamp with time zone not null,
  constraint conversion_jobs_pkey PRIMARY KEY (session_hash, job_id),
  constraint conversion_jobs_check CHECK ((status = 'processing'::text) = (lease_id IS NOT NULL)),
  constraint conversion_jobs_check1 CHECK ((lease_id IS NULL) = (leased_until IS NULL)),
  constraint conversion_jobs_size_check CHECK (size > 0),
  constraint conversion_jobs_status_check CHECK (status = ANY (ARRAY['uploaded'::text, 'queued'::text, 'processing'::text, 'completed'::text, 'failed'::text]))
);

CREATE INDEX conversion_jobs_by_expiry ON public.conversion_jobs USING btree (expires_at);
CREATE INDEX conversion_jobs_leased ON public.conversion_jobs USING btree (leased_until) WHERE (status = 'processing'::text);
CREATE INDEX conversion_jobs_queued ON public.conversion_jobs USING btree (engine, queued_at) WHERE (status = 'queued'::text);

CREATE TRIGGER changed_jobs_leave_no_blob AFTER UPDATE OF input_key, output_key ON conversion_jobs FOR EACH ROW EXECUTE FUNCTION doom_conversion_blobs();
CREATE TRIGGER removed_jobs_leave_no_blob AFTER DELETE ON conversion_jobs FOR EACH ROW EXECUTE FUNCTION doom_conversion_blobs();

alter table conversion_jobs enable row level security;
alter table conversion_jobs force row level security;
create policy system_keeps on conversion_jobs for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on conversion_jobs to parlance_system;

create table conversion_sessions (
  session_hash bytea not null,
  csrf_token text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint conversion_sessions_pkey PRIMARY KEY (session_hash)
);

CREATE INDEX conversion_sessions_by_expiry ON public.conversion_sessions USING btree (expires_at);

alter table conversion_sessions enable row level security;
alter table conversion_sessions force row level security;
create policy system_keeps on conversion_sessions for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on conversion_sessions to parlance_system;

create table dataset_items (
  dataset_id uuid not null,
  version integer not null,
  owner_id uuid not null,
  conversation_id uuid not null,
  revision integer,
  split text,
  dropped text,
  facts jsonb not null,
  turn_count integer not null,
  token_count integer not null,
  group_id uuid not null,
  cluster_id uuid,
  similarity real,
  constraint dataset_items_pkey PRIMARY KEY (dataset_id, version, conversation_id),
  constraint dataset_items_check CHECK ((split IS NULL) <> (dropped IS NULL)),
  constraint dataset_items_dropped_check CHECK (dropped = ANY (ARRAY['too_few_turns'::text, 'too_many_turns'::text, 'too_long'::text, 'duplicate'::text, 'near_duplicate'::text])),
  constraint dataset_items_split_check CHECK (split = ANY (ARRAY['train'::text, 'validation'::text, 'test'::text]))
);

CREATE INDEX dataset_items_by_cluster ON public.dataset_items USING btree (dataset_id, version, cluster_id, conversation_id) WHERE (cluster_id IS NOT NULL);
CREATE INDEX dataset_items_by_reason ON public.dataset_items USING btree (dataset_id, version, dropped, conversation_id) WHERE (dropped IS NOT NULL);
CREATE INDEX dataset_items_by_revision ON public.dataset_items USING btree (conversation_id, revision);
CREATE INDEX dataset_items_by_split ON public.dataset_items USING btree (dataset_id, version, split, conversation_id) WHERE (split IS NOT NULL);
CREATE INDEX dataset_items_erased ON public.dataset_items USING btree (dataset_id, version, conversation_id) WHERE (revision IS NULL);

CREATE TRIGGER erased_items_are_forgotten BEFORE UPDATE OF revision ON dataset_items FOR EACH ROW WHEN (new.revision IS NULL) EXECUTE FUNCTION forget_erased_item();

alter table dataset_items enable row level security;
alter table dataset_items force row level security;
create policy owner_adds on dataset_items for insert to parlance_app
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy owner_removes on dataset_items for delete to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)));
create policy owner_sees on dataset_items for select to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)));
create policy system_reads on dataset_items for select to parlance_system
  using (true);
grant select on dataset_items to parlance_system;
grant select, insert, delete on dataset_items to parlance_app;

create table dataset_versions (
  dataset_id uuid not null,
  version integer not null,
  owner_id uuid not null,
  selection jsonb not null,
  settings jsonb not null,
  status text not null,
  done integer default 0 not null,
  total integer,
  counts jsonb,
  export_count integer default 0 not null,
  last_exported_at timestamp with time zone,
  error_code text,
  losses integer default 0 not null,
  lease_id uuid,
  leased_until timestamp with time zone,
  created_at timestamp with time zone not null,
  completed_at timestamp with time zone,
  constraint dataset_versions_pkey PRIMARY KEY (dataset_id, version),
  constraint dataset_versions_check CHECK ((status = 'processing'::text) = (lease_id IS NOT NULL)),
  constraint dataset_versions_check1 CHECK ((lease_id IS NULL) = (leased_until IS NULL)),
  constraint dataset_versions_check2 CHECK ((status = 'completed'::text) = (counts IS NOT NULL)),
  constraint dataset_versions_status_check CHECK (status = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])),
  constraint dataset_versions_version_check CHECK (version > 0)
);

CREATE INDEX dataset_versions_leased ON public.dataset_versions USING btree (leased_until) WHERE (status = 'processing'::text);
CREATE INDEX dataset_versions_queued ON public.dataset_versions USING btree (created_at) WHERE (status = 'queued'::text);

alter table dataset_versions enable row level security;
alter table dataset_versions force row level security;
create policy owner_keeps on dataset_versions for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_leases on dataset_versions for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on dataset_versions to parlance_app;
grant select, update on dataset_versions to parlance_system;

create table datasets (
  dataset_id uuid not null,
  owner_id uuid not null,
  name text not null,
  description text,
  selection jsonb not null,
  settings jsonb not null,
  latest_version integer default 0 not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint datasets_pkey PRIMARY KEY (dataset_id),
  constraint datasets_dataset_id_owner_id_key UNIQUE (dataset_id, owner_id)
);

CREATE INDEX datasets_in_order ON public.datasets USING btree (owner_id, created_at DESC, dataset_id DESC);

alter table datasets enable row level security;
alter table datasets force row level security;
create policy owner_keeps on datasets for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
grant select, insert, update, delete on datasets to parlance_app;

create table doomed_blobs (
  blob_key text not null,
  doomed_at timestamp with time zone not null,
  constraint doomed_blobs_pkey PRIMARY KEY (blob_key)
);

CREATE INDEX doomed_blobs_by_time ON public.doomed_blobs USING btree (doomed_at);

alter table doomed_blobs enable row level security;
create policy anybody_dooms_and_claims on doomed_blobs for all to parlance_app
  using (true)
  with check (true);
create policy system_removes on doomed_blobs for all to parlance_system
  using (true)
  with check (true);
grant select, insert, delete on doomed_blobs to parlance_app;
grant select, insert, update, delete on doomed_blobs to parlance_system;

create table download_tokens (
  token_hash bytea not null,
  session_hash bytea not null,
  job_id uuid,
  expires_at timestamp with time zone not null,
  constraint download_tokens_pkey PRIMARY KEY (token_hash)
);

CREATE INDEX download_tokens_by_expiry ON public.download_tokens USING btree (expires_at);
CREATE INDEX download_tokens_by_session ON public.download_tokens USING btree (session_hash);

alter table download_tokens enable row level security;
alter table download_tokens force row level security;
create policy system_keeps on download_tokens for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on download_tokens to parlance_system;

create table exports (
  export_id uuid not null,
  owner_id uuid not null,
  dataset_id uuid,
  version integer,
  conversation_ids uuid[],
  revisions integer[],
  name text not null,
  wanted json not null,
  status text not null,
  done integer default 0 not null,
  total integer not null,
  attempts integer default 0 not null,
  losses integer default 0 not null,
  lease_id uuid,
  leased_until timestamp with time zone,
  folder text,
  result json,
  error_code text,
  created_at timestamp with time zone not null,
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  expires_at timestamp with time zone,
  constraint exports_pkey PRIMARY KEY (export_id),
  constraint exports_check CHECK ((dataset_id IS NULL) = (version IS NULL) AND (dataset_id IS NULL) <> (conversation_ids IS NULL)),
  constraint exports_check1 CHECK (cardinality(conversation_ids) = cardinality(revisions)),
  constraint exports_check2 CHECK ((status = 'processing'::text) = (lease_id IS NOT NULL)),
  constraint exports_check3 CHECK ((lease_id IS NULL) = (leased_until IS NULL)),
  constraint exports_check4 CHECK ((status = 'completed'::text) <= (result IS NOT NULL AND folder IS NOT NULL AND expires_at IS NOT NULL)),
  constraint exports_status_check CHECK (status = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'cancelled'::text, 'expired'::text]))
);

CREATE INDEX exports_by_expiry ON public.exports USING btree (expires_at) WHERE (status = 'completed'::text);
CREATE INDEX exports_by_version ON public.exports USING btree (dataset_id, version) WHERE (dataset_id IS NOT NULL);
CREATE INDEX exports_in_order ON public.exports USING btree (owner_id, created_at DESC, export_id DESC);
CREATE INDEX exports_leased ON public.exports USING btree (leased_until) WHERE (status = 'processing'::text);
CREATE INDEX exports_queued ON public.exports USING btree (created_at) WHERE (status = 'queued'::text);

CREATE TRIGGER changed_exports_leave_no_blob AFTER UPDATE OF folder ON exports FOR EACH ROW EXECUTE FUNCTION doom_export_blobs();
CREATE TRIGGER removed_exports_leave_no_blob AFTER DELETE ON exports FOR EACH ROW EXECUTE FUNCTION doom_export_blobs();

alter table exports enable row level security;
alter table exports force row level security;
create policy owner_keeps on exports for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_leases on exports for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on exports to parlance_app;
grant select, update on exports to parlance_system;

create table file_totals (
  conversation_id uuid not null,
  kind text not null,
  total integer not null,
  constraint file_totals_pkey PRIMARY KEY (conversation_id, kind)
);

alter table file_totals enable row level security;
alter table file_totals force row level security;
create policy members_count on file_totals for all to parlance_app
  using ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)))
  with check ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy system_counts on file_totals for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update on file_totals to parlance_app;
grant select, insert, update on file_totals to parlance_system;

create table files (
  file_id uuid not null,
  uploader_id uuid,
  conversation_id uuid not null,
  message_id uuid,
  "position" integer default 0 not null,
  name text not null,
  name_key text collate "C" not null,
  content_type text not null,
  category text not null,
  kind text generated always as (
CASE
    WHEN (category = ANY (ARRAY['image'::text, 'video'::text])) THEN 'media'::text
    ELSE 'docs'::text
END) stored not null,
  size bigint not null,
  sha256 bytea not null,
  width integer,
  height integer,
  duration_seconds double precision,
  blob_key text not null,
  uploaded_at timestamp with time zone not null,
  shared_at timestamp with time zone,
  constraint files_pkey PRIMARY KEY (file_id),
  constraint files_blob_key_key UNIQUE (blob_key),
  constraint files_category_check CHECK (category = ANY (ARRAY['image'::text, 'video'::text, 'audio'::text, 'pdf'::text, 'word'::text, 'excel'::text, 'powerpoint'::text, 'text'::text, 'archive'::text, 'other'::text])),
  constraint files_check CHECK ((message_id IS NULL) = (shared_at IS NULL)),
  constraint files_size_check CHECK (size > 0)
);

CREATE INDEX files_by_message ON public.files USING btree (message_id, "position") WHERE (message_id IS NOT NULL);
CREATE INDEX files_by_name ON public.files USING btree (conversation_id, kind, name_key, file_id) INCLUDE (category, uploader_id, shared_at) WHERE (message_id IS NOT NULL);
CREATE INDEX files_by_sender ON public.files USING btree (conversation_id, uploader_id, kind) INCLUDE (message_id);
CREATE INDEX files_by_size ON public.files USING btree (conversation_id, kind, size, file_id) INCLUDE (category, uploader_id, name_key, shared_at) WHERE (message_id IS NOT NULL);
CREATE INDEX files_by_time ON public.files USING btree (conversation_id, kind, shared_at, file_id) INCLUDE (category, uploader_id, name_key) WHERE (message_id IS NOT NULL);
CREATE INDEX files_by_uploader ON public.files USING btree (uploader_id);
CREATE INDEX files_unsent ON public.files USING btree (uploaded_at) WHERE (message_id IS NULL);

CREATE TRIGGER deleted_files_leave_no_blob AFTER DELETE ON files FOR EACH ROW EXECUTE FUNCTION doom_blob();
CREATE TRIGGER files_are_counted AFTER UPDATE ON files REFERENCING OLD TABLE AS unsent NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_file_totals();
CREATE TRIGGER files_are_uncounted AFTER DELETE ON files REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_file_totals();
CREATE TRIGGER files_free_storage AFTER DELETE ON files REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_storage_use();
CREATE TRIGGER files_use_storage AFTER INSERT ON files REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_storage_use();
CREATE TRIGGER sent_files_are_counted AFTER INSERT ON files REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_file_totals();

alter table files enable row level security;
alter table files force row level security;
create policy members_change on files for update to parlance_app
  using ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)))
  with check ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy members_remove on files for delete to parlance_app
  using ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy members_see on files for select to parlance_app
  using ((message_id IS NOT NULL OR uploader_id = (( SELECT app_user() AS app_user))) AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy members_upload on files for insert to parlance_app
  with check (uploader_id = (( SELECT app_user() AS app_user)) AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy system_keeps on files for all to parlance_system
  using (true)
  with check (true);
grant select, delete on files to parlance_system;
grant select, insert, update (message_id, "position", shared_at), delete on files to parlance_app;

create table generation_calls (
  call_id uuid not null,
  run_id uuid not null,
  owner_id uuid not null,
  "position" integer not null,
  cell integer not null,
  conversation_id uuid not null,
  most_cost numeric(14,6) not null,
  status text default 'queued'::text not null,
  attempts integer default 0 not null,
  tries integer default 0 not null,
  not_before timestamp with time zone not null,
  lease_id uuid,
  leased_until timestamp with time zone,
  asked_at timestamp with time zone,
  answer text,
  finish_reason text,
  answered_by text,
  prompt_tokens integer,
  completion_tokens integer,
  cost numeric(14,6),
  parse_method text,
  failure_type text,
  failure_reason text,
  ended_at timestamp with time zone,
  constraint generation_calls_pkey PRIMARY KEY (call_id),
  constraint generation_calls_conversation_id_key UNIQUE (conversation_id),
  constraint generation_calls_check CHECK ((lease_id IS NULL) = (leased_until IS NULL)),
  constraint generation_calls_failure_type_check CHECK (failure_type = ANY (ARRAY['truncation'::text, 'parse_error'::text, 'validation_error'::text, 'api_error'::text])),
  constraint generation_calls_parse_method_check CHECK (parse_method = ANY (ARRAY['direct'::text, 'jsonrepair'::text])),
  constraint generation_calls_status_check CHECK (status = ANY (ARRAY['queued'::text, 'processing'::text, 'raw_stored'::text, 'completed'::text, 'failed'::text, 'cancelled'::text]))
);

CREATE INDEX generation_calls_answered ON public.generation_calls USING btree (asked_at) WHERE ((status = 'raw_stored'::text) AND (lease_id IS NULL));
CREATE INDEX generation_calls_failed ON public.generation_calls USING btree (owner_id, ended_at DESC, call_id DESC) WHERE (status = 'failed'::text);
CREATE UNIQUE INDEX generation_calls_in_order ON public.generation_calls USING btree (run_id, "position");
CREATE INDEX generation_calls_leased ON public.generation_calls USING btree (run_id) WHERE (lease_id IS NOT NULL);
CREATE INDEX generation_calls_waiting ON public.generation_calls USING btree (run_id, not_before) WHERE (status = 'queued'::text);

alter table generation_calls enable row level security;
alter table generation_calls force row level security;
create policy owner_keeps on generation_calls for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_works on generation_calls for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update on generation_calls to parlance_app;
grant select, update on generation_calls to parlance_system;

create table generation_cells (
  run_id uuid not null,
  cell integer not null,
  owner_id uuid not null,
  scaffolding jsonb not null,
  prompt text not null,
  temperature double precision not null,
  client_persona text not null,
  least_turns integer not null,
  most_turns integer not null,
  constraint generation_cells_pkey PRIMARY KEY (run_id, cell)
);

alter table generation_cells enable row level security;
alter table generation_cells force row level security;
create policy owner_adds on generation_cells for insert to parlance_app
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy owner_reads on generation_cells for select to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)));
create policy system_reads on generation_cells for select to parlance_system
  using (true);
grant select on generation_cells to parlance_system;
grant select, insert on generation_cells to parlance_app;

create table generation_runs (
  run_id uuid not null,
  owner_id uuid not null,
  status text default 'queued'::text not null,
  reason text,
  tier text not null,
  template_id uuid,
  model_choice text not null,
  model text not null,
  temperature double precision,
  max_tokens integer not null,
  concurrency integer not null,
  on_error text not null,
  ask_again boolean not null,
  prompt_price numeric(12,6),
  completion_price numeric(12,6),
  cost_cap numeric(14,6),
  total integer not null,
  successful integer default 0 not null,
  failed integer default 0 not null,
  cancelled integer default 0 not null,
  spent numeric(14,6) default 0 not null,
  reserved numeric(14,6) default 0 not null,
  uncertain numeric(14,6) default 0 not null,
  prompt_tokens bigint default 0 not null,
  completion_tokens bigint default 0 not null,
  answered integer default 0 not null,
  answered_ms bigint default 0 not null,
  not_before timestamp with time zone not null,
  created_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint generation_runs_pkey PRIMARY KEY (run_id),
  constraint generation_runs_run_id_owner_id_key UNIQUE (run_id, owner_id),
  constraint generation_runs_on_error_check CHECK (on_error = ANY (ARRAY['stop'::text, 'continue'::text])),
  constraint generation_runs_status_check CHECK (status = ANY (ARRAY['queued'::text, 'processing'::text, 'paused'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])),
  constraint generation_runs_tier_check CHECK (tier = ANY (ARRAY['template'::text, 'scenario'::text, 'edge_case'::text]))
);

CREATE INDEX generation_runs_at_work ON public.generation_runs USING btree (not_before) WHERE (status = ANY (ARRAY['queued'::text, 'processing'::text]));
CREATE INDEX generation_runs_by_creation ON public.generation_runs USING btree (owner_id, created_at DESC, run_id DESC);

alter table generation_runs enable row level security;
alter table generation_runs force row level security;
create policy owner_keeps on generation_runs for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_works on generation_runs for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update on generation_runs to parlance_app;
grant select, update on generation_runs to parlance_system;

create table members (
  conversation_id uuid not null,
  user_id uuid not null,
  role text not null,
  joined_at timestamp with time zone not null,
  left_at timestamp with time zone,
  read_at timestamp with time zone not null,
  constraint members_pkey PRIMARY KEY (conversation_id, user_id),
  constraint members_role_check CHECK (role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text]))
);

CREATE INDEX members_by_user ON public.members USING btree (user_id, left_at, conversation_id);
CREATE UNIQUE INDEX members_one_owner ON public.members USING btree (conversation_id) WHERE ((role = 'owner'::text) AND (left_at IS NULL));

alter table members enable row level security;
create policy members_know_each_other on members for select to parlance_app
  using ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy person_marks_own_as_read on members for update to parlance_app
  using (user_id = (( SELECT app_user() AS app_user)) AND left_at IS NULL)
  with check (user_id = (( SELECT app_user() AS app_user)));
create policy system_keeps on members for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on members to parlance_system;
grant select, update (read_at) on members to parlance_app;

create table mentions (
  message_id uuid not null,
  user_id uuid not null,
  conversation_id uuid not null,
  created_at timestamp with time zone not null,
  constraint mentions_pkey PRIMARY KEY (message_id, user_id)
);

CREATE INDEX mentions_by_conversation ON public.mentions USING btree (conversation_id);
CREATE INDEX mentions_by_user ON public.mentions USING btree (user_id, conversation_id, created_at DESC);

alter table mentions enable row level security;
alter table mentions force row level security;
create policy members_keep on mentions for all to parlance_app
  using ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)))
  with check ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
grant select, insert, delete on mentions to parlance_app;

create table messages (
  message_id uuid not null,
  conversation_id uuid not null,
  owner_id uuid,
  sender_id uuid,
  role text not null,
  content text not null,
  model text,
  prompt_tokens integer,
  completion_tokens integer,
  status text default 'complete'::text not null,
  metadata jsonb,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  type text default 'text'::text not null,
  thread_id uuid,
  reply_count integer default 0 not null,
  work_type_id uuid,
  task_id uuid,
  linked_task_count integer default 0 not null,
  pinned_at timestamp with time zone,
  pinned_by uuid,
  edited_at timestamp with time zone,
  deleted_at timestamp with time zone,
  constraint messages_pkey PRIMARY KEY (message_id),
  constraint messages_role_check CHECK (role = ANY (ARRAY['user'::text, 'assistant'::text, 'system'::text])),
  constraint messages_status_check CHECK (status = ANY (ARRAY['complete'::text, 'stopped'::text, 'interrupted'::text, 'truncated'::text])),
  constraint messages_type_check CHECK (type = ANY (ARRAY['text'::text, 'image'::text, 'file'::text, 'system'::text]))
);

CREATE INDEX messages_by_pinner ON public.messages USING btree (pinned_by) WHERE (pinned_by IS NOT NULL);
CREATE INDEX messages_by_sender ON public.messages USING btree (sender_id) WHERE (sender_id IS NOT NULL);
CREATE INDEX messages_by_task ON public.messages USING btree (task_id) WHERE (task_id IS NOT NULL);
CREATE INDEX messages_by_work_type ON public.messages USING btree (work_type_id, created_at DESC, message_id DESC) WHERE (work_type_id IS NOT NULL);
CREATE INDEX messages_in_order ON public.messages USING btree (conversation_id, created_at DESC, message_id DESC);
CREATE INDEX messages_in_thread ON public.messages USING btree (thread_id, created_at, message_id) WHERE (thread_id IS NOT NULL);
CREATE INDEX messages_in_timeline ON public.messages USING btree (conversation_id, created_at DESC, message_id DESC) WHERE ((owner_id IS NULL) AND (thread_id IS NULL) AND (deleted_at IS NULL));
CREATE INDEX messages_pinned ON public.messages USING btree (conversation_id, pinned_at DESC, message_id DESC) WHERE (pinned_at IS NOT NULL);
CREATE INDEX messages_unread ON public.messages USING btree (conversation_id, created_at) INCLUDE (sender_id, owner_id) WHERE ((owner_id IS NULL) AND (deleted_at IS NULL) AND (role <> 'system'::text));

CREATE TRIGGER deleted_messages_leave_training AFTER UPDATE OF content ON messages FOR EACH ROW WHEN (old.owner_id IS NULL AND old.content <> ''::text AND new.content = ''::text) EXECUTE FUNCTION doom_words_of_message();
CREATE TRIGGER team_message_changes_are_announced AFTER UPDATE OF content, deleted_at, pinned_at, work_type_id, task_id, linked_task_count, reply_count ON messages FOR EACH ROW WHEN (new.owner_id IS NULL AND (old.content IS DISTINCT FROM new.content OR old.deleted_at IS DISTINCT FROM new.deleted_at OR old.pinned_at IS DISTINCT FROM new.pinned_at OR old.work_type_id IS DISTINCT FROM new.work_type_id OR old.task_id IS DISTINCT FROM new.task_id OR old.linked_task_count IS DISTINCT FROM new.linked_task_count OR old.reply_count IS DISTINCT FROM new.reply_count)) EXECUTE FUNCTION note_team_message();
CREATE TRIGGER team_messages_are_announced AFTER INSERT ON messages FOR EACH ROW WHEN (new.owner_id IS NULL) EXECUTE FUNCTION note_team_message();
CREATE TRIGGER team_messages_keep_their_sender BEFORE UPDATE OF sender_id ON messages FOR EACH ROW WHEN (old.owner_id IS NULL AND new.sender_id IS DISTINCT FROM old.sender_id AND new.sender_id IS NOT NULL) EXECUTE FUNCTION refuse_foreign_words();
CREATE TRIGGER team_messages_keep_their_words BEFORE UPDATE OF content ON messages FOR EACH ROW WHEN (old.owner_id IS NULL AND new.content IS DISTINCT FROM old.content AND new.content <> ''::text AND old.sender_id IS DISTINCT FROM app_user()) EXECUTE FUNCTION refuse_foreign_words();

alter table messages enable row level security;
alter table messages force row level security;
create policy members_change on messages for update to parlance_app
  using (owner_id IS NULL AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)))
  with check (owner_id IS NULL AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy members_post on messages for insert to parlance_app
  with check (owner_id IS NULL AND sender_id = (( SELECT app_user() AS app_user)) AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy members_read on messages for select to parlance_app
  using (owner_id IS NULL AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy owner_keeps on messages for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_tends on messages for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update (reply_count) on messages to parlance_system;
grant select, insert, update (sender_id, role, content, model, status, metadata, updated_at, type, reply_count, work_type_id, task_id, linked_task_count, pinned_at, pinned_by, edited_at, deleted_at), delete on messages to parlance_app;

create table passwords (
  user_id uuid not null,
  password_hash text not null,
  changed_at timestamp with time zone not null,
  constraint passwords_pkey PRIMARY KEY (user_id)
);

alter table passwords enable row level security;
alter table passwords force row level security;
create policy person_knows_of_own on passwords for select to parlance_app
  using (user_id = (( SELECT app_user() AS app_user)));
create policy system_verifies on passwords for all to parlance_system
  using (true)
  with check (true);
grant select (user_id, changed_at) on passwords to parlance_app;
grant select, insert, update, delete on passwords to parlance_system;

create table prompt_templates (
  template_id uuid not null,
  owner_id uuid not null,
  name text not null,
  tier text not null,
  arc_key text,
  text text not null,
  version integer default 1 not null,
  is_active boolean default true not null,
  is_starter boolean default false not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint prompt_templates_pkey PRIMARY KEY (template_id),
  constraint prompt_templates_tier_check CHECK (tier = ANY (ARRAY['template'::text, 'scenario'::text, 'edge_case'::text]))
);

CREATE UNIQUE INDEX prompt_templates_by_name ON public.prompt_templates USING btree (owner_id, name);

alter table prompt_templates enable row level security;
alter table prompt_templates force row level security;
create policy owner_keeps on prompt_templates for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
grant select, insert, update, delete on prompt_templates to parlance_app;

create table provider_keys (
  user_id uuid not null,
  provider text not null,
  sealed_key text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint provider_keys_pkey PRIMARY KEY (user_id, provider)
);

alter table provider_keys enable row level security;
alter table provider_keys force row level security;
create policy person_keeps_own on provider_keys for all to parlance_app
  using (user_id = (( SELECT app_user() AS app_user)))
  with check (user_id = (( SELECT app_user() AS app_user)));
create policy system_rotates on provider_keys for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on provider_keys to parlance_app;
grant select, update (sealed_key, updated_at) on provider_keys to parlance_system;

create table replies (
  reply_id uuid not null,
  conversation_id uuid not null,
  owner_id uuid not null,
  ordinal integer not null,
  message_id uuid not null,
  question_id uuid not null,
  model text not null,
  model_choice text not null,
  makes_title boolean not null,
  status text not null,
  finish_reason text,
  error_code text,
  server_id uuid,
  stop_requested_at timestamp with time zone,
  created_at timestamp with time zone not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  constraint replies_pkey PRIMARY KEY (reply_id),
  constraint replies_conversation_id_ordinal_key UNIQUE (conversation_id, ordinal),
  constraint replies_status_check CHECK (status = ANY (ARRAY['queued'::text, 'running'::text, 'complete'::text, 'stopped'::text, 'failed'::text, 'interrupted'::text]))
);

CREATE INDEX replies_by_owner ON public.replies USING btree (owner_id);
CREATE UNIQUE INDEX replies_one_running ON public.replies USING btree (conversation_id) WHERE (status = 'running'::text);
CREATE INDEX replies_queued ON public.replies USING btree (conversation_id, ordinal) WHERE (status = 'queued'::text);
CREATE INDEX replies_unfinished ON public.replies USING btree (server_id) WHERE (status = ANY (ARRAY['queued'::text, 'running'::text]));

alter table replies enable row level security;
alter table replies force row level security;
create policy members_ask on replies for insert to parlance_app
  with check (owner_id = (( SELECT app_user() AS app_user)) AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy members_read on replies for select to parlance_app
  using ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy members_stop on replies for update to parlance_app
  using ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)))
  with check ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy only_where_one_may_read on replies as restrictive for insert to parlance_app
  with check ((EXISTS ( SELECT
   FROM conversations c
  WHERE c.conversation_id = replies.conversation_id AND (c.owner_id = (( SELECT app_user() AS app_user)) OR (c.conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations))))));
create policy owner_keeps on replies for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_tends on replies for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update (status, ended_at) on replies to parlance_app;
grant select, update on replies to parlance_system;

create table reply_pieces (
  reply_id uuid not null,
  owner_id uuid not null,
  text_offset integer not null,
  content text not null,
  constraint reply_pieces_pkey PRIMARY KEY (reply_id, text_offset)
);

alter table reply_pieces enable row level security;
alter table reply_pieces force row level security;
create policy members_follow on reply_pieces for select to parlance_app
  using ((reply_id IN ( SELECT r.reply_id
   FROM replies r
  WHERE r.status = 'running'::text AND (r.conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)))));
create policy owner_reads on reply_pieces for select to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)));
create policy owner_removes on reply_pieces for delete to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)));
create policy system_writes on reply_pieces for all to parlance_system
  using (true)
  with check (true);
grant select, delete on reply_pieces to parlance_app;
grant select, insert, delete on reply_pieces to parlance_system;

create table request_keys (
  owner_id uuid not null,
  request_key text not null,
  fingerprint bytea not null,
  conversation_id uuid,
  answer json not null,
  created_at timestamp with time zone not null,
  constraint request_keys_pkey PRIMARY KEY (owner_id, request_key)
);

CREATE INDEX request_keys_by_age ON public.request_keys USING btree (created_at);
CREATE INDEX request_keys_by_conversation ON public.request_keys USING btree (conversation_id) WHERE (conversation_id IS NOT NULL);

alter table request_keys enable row level security;
alter table request_keys force row level security;
create policy person_keeps_own on request_keys for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_sweeps on request_keys for all to parlance_system
  using (true)
  with check (true);
grant select, delete on request_keys to parlance_system;
grant select, insert, update on request_keys to parlance_app;

create table scaffolds (
  scaffold_id uuid not null,
  owner_id uuid not null,
  kind text not null,
  key text not null,
  name text not null,
  details jsonb not null,
  is_active boolean default true not null,
  is_starter boolean default false not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint scaffolds_pkey PRIMARY KEY (scaffold_id),
  constraint scaffolds_kind_check CHECK (kind = ANY (ARRAY['persona'::text, 'arc'::text, 'topic'::text]))
);

CREATE UNIQUE INDEX scaffolds_by_key ON public.scaffolds USING btree (owner_id, kind, key);

alter table scaffolds enable row level security;
alter table scaffolds force row level security;
create policy owner_keeps on scaffolds for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
grant select, insert, update, delete on scaffolds to parlance_app;

create table schema_migrations (
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migrations_pkey PRIMARY KEY (name)
);

create table servers (
  server_id uuid not null,
  started_at timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  constraint servers_pkey PRIMARY KEY (server_id)
);

alter table servers enable row level security;
alter table servers force row level security;
create policy system_watches on servers for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on servers to parlance_system;

create table sessions (
  session_id uuid not null,
  user_id uuid not null,
  token_hash bytea not null,
  user_agent text not null,
  created_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint sessions_pkey PRIMARY KEY (session_id),
  constraint sessions_token_hash_key UNIQUE (token_hash)
);

CREATE INDEX sessions_by_expiry ON public.sessions USING btree (expires_at);
CREATE INDEX sessions_by_user ON public.sessions USING btree (user_id, last_seen_at DESC);

alter table sessions enable row level security;
alter table sessions force row level security;
create policy person_sees_and_ends_own on sessions for all to parlance_app
  using (user_id = (( SELECT app_user() AS app_user)))
  with check (user_id = (( SELECT app_user() AS app_user)));
create policy system_opens_and_sweeps on sessions for all to parlance_system
  using (true)
  with check (true);
grant select, delete on sessions to parlance_app;
grant select, insert, update, delete on sessions to parlance_system;

create table sign_in_attempts (
  attempt_key text not null,
  window_start timestamp with time zone not null,
  attempts integer not null,
  constraint sign_in_attempts_pkey PRIMARY KEY (attempt_key, window_start)
);

CREATE INDEX sign_in_attempts_by_window ON public.sign_in_attempts USING btree (window_start);

alter table sign_in_attempts enable row level security;
alter table sign_in_attempts force row level security;
create policy system_counts on sign_in_attempts for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on sign_in_attempts to parlance_system;

create table stars (
  user_id uuid not null,
  message_id uuid not null,
  conversation_id uuid not null,
  starred_at timestamp with time zone not null,
  constraint stars_pkey PRIMARY KEY (user_id, message_id)
);

CREATE INDEX stars_by_conversation ON public.stars USING btree (conversation_id);
CREATE INDEX stars_by_message ON public.stars USING btree (message_id);
CREATE INDEX stars_in_order ON public.stars USING btree (user_id, starred_at DESC, message_id DESC);

alter table stars enable row level security;
alter table stars force row level security;
create policy person_keeps_own on stars for all to parlance_app
  using (user_id = (( SELECT app_user() AS app_user)))
  with check (user_id = (( SELECT app_user() AS app_user)) AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
grant select, insert, delete on stars to parlance_app;

create table starter_sets (
  owner_id uuid not null,
  given_at timestamp with time zone not null,
  constraint starter_sets_pkey PRIMARY KEY (owner_id)
);

alter table starter_sets enable row level security;
alter table starter_sets force row level security;
create policy owner_keeps on starter_sets for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
grant select, insert on starter_sets to parlance_app;

create table storage_use (
  user_id uuid not null,
  bytes bigint not null,
  constraint storage_use_pkey PRIMARY KEY (user_id)
);

alter table storage_use enable row level security;
create policy person_sees_own on storage_use for select to parlance_app
  using (user_id = (( SELECT app_user() AS app_user)));
grant select on storage_use to parlance_app;

create table task_links (
  task_id uuid not null,
  message_id uuid not null,
  conversation_id uuid not null,
  linked_at timestamp with time zone not null,
  constraint task_links_pkey PRIMARY KEY (task_id, message_id)
);

CREATE INDEX task_links_by_conversation ON public.task_links USING btree (conversation_id);
CREATE INDEX task_links_by_message ON public.task_links USING btree (message_id);

alter table task_links enable row level security;
alter table task_links force row level security;
create policy members_keep on task_links for all to parlance_app
  using ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)))
  with check ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
grant select, insert, delete on task_links to parlance_app;

create table tasks (
  task_id uuid not null,
  conversation_id uuid not null,
  title text not null,
  status text not null,
  assignee_id uuid,
  due_on date,
  created_by uuid,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  done_at timestamp with time zone,
  constraint tasks_pkey PRIMARY KEY (task_id),
  constraint tasks_check CHECK ((status = 'done'::text) = (done_at IS NOT NULL)),
  constraint tasks_status_check CHECK (status = ANY (ARRAY['open'::text, 'done'::text]))
);

CREATE INDEX tasks_by_assignee ON public.tasks USING btree (assignee_id) WHERE (assignee_id IS NOT NULL);
CREATE INDEX tasks_by_creator ON public.tasks USING btree (created_by) WHERE (created_by IS NOT NULL);
CREATE INDEX tasks_in_order ON public.tasks USING btree (conversation_id, status DESC, created_at DESC, task_id DESC);

alter table tasks enable row level security;
alter table tasks force row level security;
create policy members_keep on tasks for all to parlance_app
  using ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)))
  with check ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
grant select, insert, update, delete on tasks to parlance_app;

create table team_events (
  transaction xid8 default pg_current_xact_id() not null,
  event_id bigint generated always as identity not null,
  conversation_id uuid not null,
  person_id uuid,
  kind text not null,
  message_id uuid,
  occurred_at timestamp with time zone default statement_timestamp() not null,
  constraint team_events_pkey PRIMARY KEY (transaction, event_id)
);

CREATE INDEX team_events_by_time ON public.team_events USING btree (occurred_at);

alter table team_events enable row level security;
alter table team_events force row level security;
create policy members_hear on team_events for select to parlance_app
  using (person_id = (( SELECT app_user() AS app_user)) OR person_id IS NULL AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy members_tell on team_events for insert to parlance_app
  with check ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
create policy system_tells_and_sweeps on team_events for all to parlance_system
  using (true)
  with check (true);
grant select, insert on team_events to parlance_app;
grant select, insert, delete on team_events to parlance_system;

create table training_conversations (
  conversation_id uuid not null,
  owner_id uuid not null,
  origin text not null,
  source_id uuid,
  title text not null,
  persona_key text,
  arc_key text,
  topic_key text,
  scaffolding jsonb,
  tier text not null,
  revision integer default 0 not null,
  turn_count integer default 0 not null,
  token_count integer default 0 not null,
  quality_score real,
  empathy_score real,
  clarity_score real,
  appropriateness_score real,
  brand_voice_alignment real,
  status text default 'pending_review'::text not null,
  reviewed_by uuid,
  reviewed_at timestamp with time zone,
  review_notes text,
  processing_status text not null,
  file_path text,
  file_size bigint,
  file_due integer default 0 not null,
  file_written integer default 0 not null,
  file_lease_until timestamp with time zone,
  raw_response_path text,
  raw_response_size bigint,
  raw_stored_at timestamp with time zone,
  parse_method text,
  requires_manual_review boolean default false not null,
  validation_report jsonb,
  model text,
  prompt_tokens integer,
  completion_tokens integer,
  cost numeric(12,6),
  download_count integer default 0 not null,
  last_downloaded_at timestamp with time zone,
  export_count integer default 0 not null,
  last_exported_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  words tsvector default ''::tsvector not null,
  constraint training_conversations_pkey PRIMARY KEY (conversation_id),
  constraint training_conversations_owner_id_conversation_id_key UNIQUE (owner_id, conversation_id),
  constraint training_conversations_origin_check CHECK (origin = ANY (ARRAY['generated'::text, 'taken'::text, 'imported'::text])),
  constraint training_conversations_parse_method_check CHECK (parse_method = ANY (ARRAY['direct'::text, 'jsonrepair'::text, 'manual'::text])),
  constraint training_conversations_processing_status_check CHECK (processing_status = ANY (ARRAY['queued'::text, 'processing'::text, 'raw_stored'::text, 'completed'::text, 'failed'::text, 'parse_failed'::text])),
  constraint training_conversations_status_check CHECK (status = ANY (ARRAY['pending_review'::text, 'approved'::text, 'rejected'::text, 'archived'::text])),
  constraint training_conversations_tier_check CHECK (tier = ANY (ARRAY['template'::text, 'scenario'::text, 'edge_case'::text]))
);

CREATE INDEX training_by_arc ON public.training_conversations USING btree (owner_id, arc_key, created_at DESC, conversation_id DESC);
CREATE INDEX training_by_cell ON public.training_conversations USING btree (owner_id, topic_key, persona_key, arc_key) INCLUDE (tier, status) WHERE (processing_status <> ALL (ARRAY['failed'::text, 'parse_failed'::text]));
CREATE INDEX training_by_creation ON public.training_conversations USING btree (owner_id, created_at DESC, conversation_id DESC);
CREATE INDEX training_by_persona ON public.training_conversations USING btree (owner_id, persona_key, created_at DESC, conversation_id DESC);
CREATE INDEX training_by_quality ON public.training_conversations USING btree (owner_id, COALESCE(quality_score, '-1'::real) DESC, conversation_id DESC);
CREATE INDEX training_by_reviewer ON public.training_conversations USING btree (reviewed_by) WHERE (reviewed_by IS NOT NULL);
CREATE INDEX training_by_source ON public.training_conversations USING btree (source_id) WHERE (source_id IS NOT NULL);
CREATE INDEX training_by_status ON public.training_conversations USING btree (owner_id, status, created_at DESC, conversation_id DESC);
CREATE INDEX training_by_title ON public.training_conversations USING btree (owner_id, lower(title), conversation_id);
CREATE INDEX training_by_topic ON public.training_conversations USING btree (owner_id, topic_key, created_at DESC, conversation_id DESC);
CREATE INDEX training_by_turns ON public.training_conversations USING btree (owner_id, turn_count DESC, conversation_id DESC);
CREATE INDEX training_by_words ON public.training_conversations USING gin (words);
CREATE INDEX training_files_due ON public.training_conversations USING btree (file_lease_until) WHERE (file_written < file_due);
CREATE INDEX training_flagged ON public.training_conversations USING btree (owner_id, created_at DESC, conversation_id DESC) WHERE requires_manual_review;
CREATE INDEX training_half_taken ON public.training_conversations USING btree (created_at) WHERE ((origin = 'taken'::text) AND (revision = 0));
CREATE INDEX training_not_generated ON public.training_conversations USING btree (owner_id, created_at DESC, conversation_id DESC) WHERE (origin <> 'generated'::text);
CREATE INDEX training_unfinished ON public.training_conversations USING btree (owner_id, created_at DESC, conversation_id DESC) WHERE (processing_status <> 'completed'::text);

CREATE TRIGGER approval_makes_redaction_final AFTER UPDATE OF status ON training_conversations FOR EACH ROW WHEN (new.status = 'approved'::text AND old.status <> 'approved'::text) EXECUTE FUNCTION forget_redactions();
CREATE TRIGGER deleted_training_leaves_no_blob AFTER DELETE ON training_conversations FOR EACH ROW EXECUTE FUNCTION doom_training_blobs();
CREATE TRIGGER training_is_counted AFTER INSERT ON training_conversations REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_training_totals();
CREATE TRIGGER training_is_recounted AFTER UPDATE ON training_conversations REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_training_totals();
CREATE TRIGGER training_is_uncounted AFTER DELETE ON training_conversations REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_training_totals();

alter table training_conversations enable row level security;
alter table training_conversations force row level security;
create policy owner_keeps on training_conversations for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_tends on training_conversations for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on training_conversations to parlance_app;
grant select, update on training_conversations to parlance_system;

create table training_erasures (
  conversation_id uuid not null,
  owner_id uuid not null,
  based_on integer not null,
  content_hash bytea not null,
  turns integer[] not null,
  sealed_map text,
  constraint training_erasures_pkey PRIMARY KEY (conversation_id, content_hash)
);

alter table training_erasures enable row level security;
create policy system_plans on training_erasures for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on training_erasures to parlance_system;

create table training_log (
  log_id uuid not null,
  owner_id uuid not null,
  actor_id uuid,
  at timestamp with time zone not null,
  action text not null,
  conversation_id uuid,
  bytes bigint,
  error_code text,
  details jsonb,
  constraint training_log_pkey PRIMARY KEY (log_id)
);

CREATE INDEX training_log_by_action ON public.training_log USING btree (owner_id, action, at DESC);
CREATE INDEX training_log_by_actor ON public.training_log USING btree (actor_id) WHERE (actor_id IS NOT NULL);
CREATE INDEX training_log_by_conversation ON public.training_log USING btree (conversation_id, at DESC, log_id DESC) WHERE (conversation_id IS NOT NULL);
CREATE INDEX training_log_in_order ON public.training_log USING btree (owner_id, at DESC, log_id DESC);

alter table training_log enable row level security;
alter table training_log force row level security;
create policy owner_adds on training_log for insert to parlance_app
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy owner_reads on training_log for select to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)));
create policy system_adds on training_log for all to parlance_system
  using (true)
  with check (true);
grant select, insert on training_log to parlance_app;
grant select, insert on training_log to parlance_system;

create table training_redactions (
  conversation_id uuid not null,
  owner_id uuid not null,
  sealed_map text not null,
  constraint training_redactions_pkey PRIMARY KEY (conversation_id)
);

alter table training_redactions enable row level security;
create policy owner_keeps on training_redactions for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_removes on training_redactions for all to parlance_system
  using (true)
  with check (true);
grant select, delete on training_redactions to parlance_system;
grant select, insert, update (sealed_map), delete on training_redactions to parlance_app;

create table training_revisions (
  conversation_id uuid not null,
  owner_id uuid not null,
  revision integer not null,
  content json not null,
  content_hash bytea not null,
  reason text not null,
  changed_by uuid,
  created_at timestamp with time zone not null,
  constraint training_revisions_pkey PRIMARY KEY (conversation_id, revision),
  constraint training_revisions_reason_check CHECK (reason = ANY (ARRAY['generated'::text, 'taken'::text, 'imported'::text, 'edited'::text, 'redacted'::text, 'restored'::text, 'erased'::text]))
);

CREATE INDEX training_revisions_by_author ON public.training_revisions USING btree (changed_by) WHERE (changed_by IS NOT NULL);

CREATE TRIGGER erased_revisions_leave_exports AFTER DELETE ON training_revisions REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION withdraw_erased_exports();
CREATE TRIGGER erased_revisions_replace_older AFTER INSERT ON training_revisions FOR EACH ROW WHEN (new.reason = 'erased'::text) EXECUTE FUNCTION replace_older_revisions();
CREATE TRIGGER erased_revisions_take_words_along AFTER INSERT ON training_revisions FOR EACH ROW WHEN (new.reason = 'erased'::text) EXECUTE FUNCTION carry_out_erasure();

alter table training_revisions enable row level security;
alter table training_revisions force row level security;
create policy owner_adds on training_revisions for insert to parlance_app
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy owner_reads on training_revisions for select to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)));
create policy owner_removes on training_revisions for delete to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)));
create policy system_reads on training_revisions for select to parlance_system
  using (true);
grant select on training_revisions to parlance_system;
grant select, insert, delete on training_revisions to parlance_app;

create table training_served (
  owner_id uuid not null,
  day date not null,
  bytes bigint not null,
  constraint training_served_pkey PRIMARY KEY (owner_id, day)
);

alter table training_served enable row level security;
alter table training_served force row level security;
create policy owner_reads on training_served for select to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)));
create policy system_counts on training_served for all to parlance_system
  using (true)
  with check (true);
grant select on training_served to parlance_app;
grant select, insert, update on training_served to parlance_system;

create table training_totals (
  owner_id uuid not null,
  status text not null,
  tier text not null,
  total integer not null,
  scored integer not null,
  score_sum numeric not null,
  constraint training_totals_pkey PRIMARY KEY (owner_id, status, tier)
);

alter table training_totals enable row level security;
alter table training_totals force row level security;
create policy owner_counts on training_totals for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_counts on training_totals for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update on training_totals to parlance_app;
grant select, insert, update on training_totals to parlance_system;

create table training_words (
  conversation_id uuid not null,
  owner_id uuid not null,
  turn_number integer not null,
  message_id uuid not null,
  person_id uuid,
  source_id uuid,
  taken_at timestamp with time zone not null,
  doomed_at timestamp with time zone,
  constraint training_words_pkey PRIMARY KEY (conversation_id, turn_number, message_id)
);

CREATE INDEX training_words_by_message ON public.training_words USING btree (message_id);
CREATE INDEX training_words_by_person ON public.training_words USING btree (person_id, conversation_id) WHERE (person_id IS NOT NULL);
CREATE INDEX training_words_by_source ON public.training_words USING btree (source_id) WHERE (source_id IS NOT NULL);
CREATE INDEX training_words_doomed ON public.training_words USING btree (doomed_at, conversation_id) WHERE (doomed_at IS NOT NULL);

CREATE TRIGGER doomed_words_are_told AFTER UPDATE OF doomed_at ON training_words FOR EACH ROW WHEN (old.doomed_at IS NULL AND new.doomed_at IS NOT NULL) EXECUTE FUNCTION tell_of_doomed_words();

alter table training_words enable row level security;
create policy system_keeps on training_words for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update (doomed_at) on training_words to parlance_system;

create table unfinished_uploads (
  file_id uuid not null,
  uploader_id uuid not null,
  conversation_id uuid not null,
  name text not null,
  size bigint not null,
  expires_at timestamp with time zone not null,
  constraint unfinished_uploads_pkey PRIMARY KEY (file_id),
  constraint unfinished_uploads_size_check CHECK (size > 0)
);

CREATE INDEX unfinished_uploads_by_conversation ON public.unfinished_uploads USING btree (conversation_id);
CREATE INDEX unfinished_uploads_by_time ON public.unfinished_uploads USING btree (expires_at);
CREATE INDEX unfinished_uploads_by_uploader ON public.unfinished_uploads USING btree (uploader_id);

alter table unfinished_uploads enable row level security;
alter table unfinished_uploads force row level security;
create policy system_expires on unfinished_uploads for all to parlance_system
  using (true)
  with check (true);
create policy uploader_continues on unfinished_uploads for all to parlance_app
  using (uploader_id = (( SELECT app_user() AS app_user)) AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)))
  with check (uploader_id = (( SELECT app_user() AS app_user)) AND (conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
grant select, delete on unfinished_uploads to parlance_system;
grant select, insert, delete on unfinished_uploads to parlance_app;

create table users (
  user_id uuid not null,
  email text,
  name text not null,
  issuer text,
  subject text,
  default_model text,
  created_at timestamp with time zone not null,
  name_key text generated always as (name_key_of(name)) stored not null,
  constraint users_pkey PRIMARY KEY (user_id),
  constraint users_email_is_lower_case CHECK (email = lower(email)),
  constraint users_have_one_origin CHECK ((issuer IS NULL) = (subject IS NULL))
);

CREATE INDEX users_by_email ON public.users USING btree (email);
CREATE UNIQUE INDEX users_email_key ON public.users USING btree (email) WHERE (issuer IS NULL);
CREATE UNIQUE INDEX users_issuer_subject_key ON public.users USING btree (issuer, subject);

CREATE TRIGGER deleted_people_leave_training BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION doom_words_of_person();

alter table users enable row level security;
alter table users force row level security;
create policy members_know_names on users for select to parlance_app
  using ((EXISTS ( SELECT
   FROM members
  WHERE members.user_id = users.user_id)));
create policy person_is_self on users for all to parlance_app
  using (user_id = (( SELECT app_user() AS app_user)))
  with check (user_id = (( SELECT app_user() AS app_user)));
create policy system_registers on users for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on users to parlance_system;
grant select, update (name, default_model) on users to parlance_app;

create table work_types (
  work_type_id uuid not null,
  conversation_id uuid not null,
  name text not null,
  name_key text not null,
  color text not null,
  created_at timestamp with time zone not null,
  constraint work_types_pkey PRIMARY KEY (work_type_id)
);

CREATE UNIQUE INDEX work_types_by_name ON public.work_types USING btree (conversation_id, name_key);

alter table work_types enable row level security;
alter table work_types force row level security;
create policy members_keep on work_types for all to parlance_app
  using ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)))
  with check ((conversation_id IN ( SELECT my_team_conversations() AS my_team_conversations)));
grant select, insert, update (name, name_key, color), delete on work_types to parlance_app;

alter table access_tokens add constraint access_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table consent_requests add constraint consent_requests_asker_id_fkey FOREIGN KEY (asker_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table consent_requests add constraint consent_requests_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table consents add constraint consents_request_id_fkey FOREIGN KEY (request_id) REFERENCES consent_requests(request_id) ON DELETE CASCADE;
alter table consents add constraint consents_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table consultant_profiles add constraint consultant_profiles_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table conversation_totals add constraint conversation_totals_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table conversations add constraint conversations_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table conversations add constraint conversations_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES conversations(conversation_id) ON DELETE SET NULL;
alter table dataset_items add constraint dataset_items_conversation_id_revision_fkey FOREIGN KEY (conversation_id, revision) REFERENCES training_revisions(conversation_id, revision) ON DELETE SET NULL (revision);
alter table dataset_items add constraint dataset_items_dataset_id_version_fkey FOREIGN KEY (dataset_id, version) REFERENCES dataset_versions(dataset_id, version) ON DELETE CASCADE;
alter table dataset_versions add constraint dataset_versions_dataset_id_owner_id_fkey FOREIGN KEY (dataset_id, owner_id) REFERENCES datasets(dataset_id, owner_id) ON DELETE CASCADE;
alter table datasets add constraint datasets_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table exports add constraint exports_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table file_totals add constraint file_totals_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table files add constraint files_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table files add constraint files_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(message_id) ON DELETE CASCADE;
alter table files add constraint files_uploader_id_fkey FOREIGN KEY (uploader_id) REFERENCES users(user_id) ON DELETE SET NULL;
alter table generation_calls add constraint generation_calls_run_id_cell_fkey FOREIGN KEY (run_id, cell) REFERENCES generation_cells(run_id, cell) ON DELETE CASCADE;
alter table generation_calls add constraint generation_calls_run_id_owner_id_fkey FOREIGN KEY (run_id, owner_id) REFERENCES generation_runs(run_id, owner_id) ON DELETE CASCADE;
alter table generation_cells add constraint generation_cells_run_id_owner_id_fkey FOREIGN KEY (run_id, owner_id) REFERENCES generation_runs(run_id, owner_id) ON DELETE CASCADE;
alter table generation_runs add constraint generation_runs_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table members add constraint members_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table members add constraint members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table mentions add constraint mentions_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table mentions add constraint mentions_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(message_id) ON DELETE CASCADE;
alter table mentions add constraint mentions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table messages add constraint messages_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table messages add constraint messages_conversation_id_owner_id_fkey FOREIGN KEY (conversation_id, owner_id) REFERENCES conversations(conversation_id, owner_id) ON DELETE CASCADE;
alter table messages add constraint messages_pinned_by_fkey FOREIGN KEY (pinned_by) REFERENCES users(user_id) ON DELETE SET NULL;
alter table messages add constraint messages_sender_id_fkey FOREIGN KEY (sender_id) REFERENCES users(user_id) ON DELETE SET NULL;
alter table messages add constraint messages_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasks(task_id);
alter table messages add constraint messages_thread_id_fkey FOREIGN KEY (thread_id) REFERENCES messages(message_id) ON DELETE CASCADE;
alter table messages add constraint messages_work_type_id_fkey FOREIGN KEY (work_type_id) REFERENCES work_types(work_type_id);
alter table passwords add constraint passwords_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table prompt_templates add constraint prompt_templates_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table provider_keys add constraint provider_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table replies add constraint replies_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table replies add constraint replies_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table reply_pieces add constraint reply_pieces_reply_id_fkey FOREIGN KEY (reply_id) REFERENCES replies(reply_id) ON DELETE CASCADE;
alter table request_keys add constraint request_keys_conversation_id_owner_id_fkey FOREIGN KEY (conversation_id, owner_id) REFERENCES conversations(conversation_id, owner_id) ON DELETE CASCADE;
alter table request_keys add constraint request_keys_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table scaffolds add constraint scaffolds_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table sessions add constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table stars add constraint stars_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table stars add constraint stars_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(message_id) ON DELETE CASCADE;
alter table stars add constraint stars_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table starter_sets add constraint starter_sets_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table storage_use add constraint storage_use_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table task_links add constraint task_links_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table task_links add constraint task_links_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(message_id) ON DELETE CASCADE;
alter table task_links add constraint task_links_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasks(task_id) ON DELETE CASCADE;
alter table tasks add constraint tasks_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES users(user_id) ON DELETE SET NULL;
alter table tasks add constraint tasks_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table tasks add constraint tasks_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(user_id) ON DELETE SET NULL;
alter table training_conversations add constraint training_conversations_conversation_id_owner_id_fkey FOREIGN KEY (conversation_id, owner_id) REFERENCES conversations(conversation_id, owner_id) ON DELETE CASCADE;
alter table training_conversations add constraint training_conversations_reviewed_by_fkey FOREIGN KEY (reviewed_by) REFERENCES users(user_id) ON DELETE SET NULL;
alter table training_conversations add constraint training_conversations_source_id_fkey FOREIGN KEY (source_id) REFERENCES conversations(conversation_id) ON DELETE SET NULL;
alter table training_erasures add constraint training_erasures_conversation_id_owner_id_fkey FOREIGN KEY (conversation_id, owner_id) REFERENCES training_conversations(conversation_id, owner_id) ON DELETE CASCADE;
alter table training_log add constraint training_log_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES users(user_id) ON DELETE SET NULL;
alter table training_log add constraint training_log_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table training_redactions add constraint training_redactions_conversation_id_owner_id_fkey FOREIGN KEY (conversation_id, owner_id) REFERENCES training_conversations(conversation_id, owner_id) ON DELETE CASCADE;
alter table training_revisions add constraint training_revisions_changed_by_fkey FOREIGN KEY (changed_by) REFERENCES users(user_id) ON DELETE SET NULL;
alter table training_revisions add constraint training_revisions_conversation_id_owner_id_fkey FOREIGN KEY (conversation_id, owner_id) REFERENCES training_conversations(conversation_id, owner_id) ON DELETE CASCADE;
alter table training_served add constraint training_served_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table training_totals add constraint training_totals_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table training_words add constraint training_words_conversation_id_owner_id_fkey FOREIGN KEY (conversation_id, owner_id) REFERENCES training_conversations(conversation_id, owner_id) ON DELETE CASCADE;
alter table training_words add constraint training_words_person_id_fkey FOREIGN KEY (person_id) REFERENCES users(user_id) ON DELETE SET NULL;
alter table training_words add constraint training_words_source_id_fkey FOREIGN KEY (source_id) REFERENCES conversations(conversation_id) ON DELETE SET NULL;
alter table unfinished_uploads add constraint unfinished_uploads_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table unfinished_uploads add constraint unfinished_uploads_uploader_id_fkey FOREIGN KEY (uploader_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table work_types add constraint work_types_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;

revoke all on function carry_out_erasure() from public;
revoke all on function doom_words_of_message() from public;
revoke all on function doom_words_of_person() from public;
revoke all on function keep_storage_use() from public;
revoke all on function my_team_conversations() from public;
grant execute on function my_team_conversations() to parlance_app;

grant usage on schema public to parlance_app;
grant usage on schema public to parlance_system;
