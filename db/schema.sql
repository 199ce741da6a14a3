-- The schema after all migrations. Written by `node db/generate.ts`; a test compares it. Do not edit.

set check_function_bodies = false;

CREATE OR REPLACE FUNCTION public.app_user()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid
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
alter table conversation_totals add constraint conversation_totals_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table conversations add constraint conversations_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table conversations add constraint conversations_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES conversations(conversation_id) ON DELETE SET NULL;
alter table file_totals add constraint file_totals_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table files add constraint files_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table files add constraint files_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(message_id) ON DELETE CASCADE;
alter table files add constraint files_uploader_id_fkey FOREIGN KEY (uploader_id) REFERENCES users(user_id) ON DELETE SET NULL;
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
alter table provider_keys add constraint provider_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table replies add constraint replies_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table replies add constraint replies_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table reply_pieces add constraint reply_pieces_reply_id_fkey FOREIGN KEY (reply_id) REFERENCES replies(reply_id) ON DELETE CASCADE;
alter table request_keys add constraint request_keys_conversation_id_owner_id_fkey FOREIGN KEY (conversation_id, owner_id) REFERENCES conversations(conversation_id, owner_id) ON DELETE CASCADE;
alter table request_keys add constraint request_keys_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table sessions add constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table stars add constraint stars_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table stars add constraint stars_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(message_id) ON DELETE CASCADE;
alter table stars add constraint stars_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table storage_use add constraint storage_use_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table task_links add constraint task_links_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table task_links add constraint task_links_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(message_id) ON DELETE CASCADE;
alter table task_links add constraint task_links_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasks(task_id) ON DELETE CASCADE;
alter table tasks add constraint tasks_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES users(user_id) ON DELETE SET NULL;
alter table tasks add constraint tasks_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table tasks add constraint tasks_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(user_id) ON DELETE SET NULL;
alter table unfinished_uploads add constraint unfinished_uploads_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;
alter table unfinished_uploads add constraint unfinished_uploads_uploader_id_fkey FOREIGN KEY (uploader_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table work_types add constraint work_types_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;

revoke all on function keep_storage_use() from public;
revoke all on function my_team_conversations() from public;
grant execute on function my_team_conversations() to parlance_app;

grant usage on schema public to parlance_app;
grant usage on schema public to parlance_system;
