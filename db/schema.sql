-- The schema after all migrations. Written by `node db/generate.ts`; a test compares it. Do not edit.

set check_function_bodies = false;

CREATE OR REPLACE FUNCTION public.app_user()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid
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
    insert into conversation_totals as t (owner_id, kind, total)
      select owner_id, kind, count(*) from changed group by owner_id, kind
      on conflict (owner_id, kind) do update set total = t.total + excluded.total;
  else
    update conversation_totals t set total = t.total - gone.total
      from (select owner_id, kind, count(*) as total from changed group by owner_id, kind) gone
      where t.owner_id = gone.owner_id and t.kind = gone.kind;
  end if;
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
  owner_id uuid not null,
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
  constraint conversations_pkey PRIMARY KEY (conversation_id),
  constraint conversations_conversation_id_owner_id_key UNIQUE (conversation_id, owner_id),
  constraint conversations_kind_check CHECK (kind = ANY (ARRAY['assistant'::text, 'team'::text, 'training'::text]))
);

CREATE INDEX conversations_by_activity ON public.conversations USING btree (owner_id, kind, active_at DESC, conversation_id DESC);
CREATE INDEX conversations_by_creation ON public.conversations USING btree (owner_id, kind, created_at DESC, conversation_id DESC);
CREATE INDEX conversations_by_parent ON public.conversations USING btree (parent_id) WHERE (parent_id IS NOT NULL);

CREATE TRIGGER conversations_are_counted AFTER INSERT ON conversations REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_conversation_totals();
CREATE TRIGGER conversations_are_uncounted AFTER DELETE ON conversations REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_conversation_totals();

alter table conversations enable row level security;
alter table conversations force row level security;
create policy owner_keeps on conversations for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_tends on conversations for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on conversations to parlance_app;
grant select, update on conversations to parlance_system;

create table messages (
  message_id uuid not null,
  conversation_id uuid not null,
  owner_id uuid not null,
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
  constraint messages_pkey PRIMARY KEY (message_id),
  constraint messages_role_check CHECK (role = ANY (ARRAY['user'::text, 'assistant'::text, 'system'::text])),
  constraint messages_status_check CHECK (status = ANY (ARRAY['complete'::text, 'stopped'::text, 'interrupted'::text, 'truncated'::text]))
);

CREATE INDEX messages_by_sender ON public.messages USING btree (sender_id) WHERE (sender_id IS NOT NULL);
CREATE INDEX messages_in_order ON public.messages USING btree (conversation_id, created_at DESC, message_id DESC);

alter table messages enable row level security;
alter table messages force row level security;
create policy owner_keeps on messages for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_tends on messages for all to parlance_system
  using (true)
  with check (true);
grant select, insert on messages to parlance_system;
grant select, insert, update, delete on messages to parlance_app;

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

CREATE UNIQUE INDEX replies_one_running ON public.replies USING btree (conversation_id) WHERE (status = 'running'::text);
CREATE INDEX replies_queued ON public.replies USING btree (conversation_id, ordinal) WHERE (status = 'queued'::text);
CREATE INDEX replies_unfinished ON public.replies USING btree (server_id) WHERE (status = ANY (ARRAY['queued'::text, 'running'::text]));

alter table replies enable row level security;
alter table replies force row level security;
create policy owner_keeps on replies for all to parlance_app
  using (owner_id = (( SELECT app_user() AS app_user)))
  with check (owner_id = (( SELECT app_user() AS app_user)));
create policy system_tends on replies for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update on replies to parlance_app;
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

create table users (
  user_id uuid not null,
  email text,
  name text not null,
  issuer text,
  subject text,
  default_model text,
  created_at timestamp with time zone not null,
  constraint users_pkey PRIMARY KEY (user_id),
  constraint users_email_is_lower_case CHECK (email = lower(email)),
  constraint users_have_one_origin CHECK ((issuer IS NULL) = (subject IS NULL))
);

CREATE UNIQUE INDEX users_email_key ON public.users USING btree (email) WHERE (issuer IS NULL);
CREATE UNIQUE INDEX users_issuer_subject_key ON public.users USING btree (issuer, subject);

alter table users enable row level security;
alter table users force row level security;
create policy person_is_self on users for all to parlance_app
  using (user_id = (( SELECT app_user() AS app_user)))
  with check (user_id = (( SELECT app_user() AS app_user)));
create policy system_registers on users for all to parlance_system
  using (true)
  with check (true);
grant select, insert, update, delete on users to parlance_system;
grant select, update (name, default_model) on users to parlance_app;

alter table access_tokens add constraint access_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table conversation_totals add constraint conversation_totals_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table conversations add constraint conversations_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table conversations add constraint conversations_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES conversations(conversation_id) ON DELETE SET NULL;
alter table messages add constraint messages_conversation_id_owner_id_fkey FOREIGN KEY (conversation_id, owner_id) REFERENCES conversations(conversation_id, owner_id) ON DELETE CASCADE;
alter table messages add constraint messages_sender_id_fkey FOREIGN KEY (sender_id) REFERENCES users(user_id) ON DELETE SET NULL;
alter table passwords add constraint passwords_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table provider_keys add constraint provider_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table replies add constraint replies_conversation_id_owner_id_fkey FOREIGN KEY (conversation_id, owner_id) REFERENCES conversations(conversation_id, owner_id) ON DELETE CASCADE;
alter table reply_pieces add constraint reply_pieces_reply_id_fkey FOREIGN KEY (reply_id) REFERENCES replies(reply_id) ON DELETE CASCADE;
alter table request_keys add constraint request_keys_conversation_id_owner_id_fkey FOREIGN KEY (conversation_id, owner_id) REFERENCES conversations(conversation_id, owner_id) ON DELETE CASCADE;
alter table request_keys add constraint request_keys_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(user_id) ON DELETE CASCADE;
alter table sessions add constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE;

grant usage on schema public to parlance_app;
grant usage on schema public to parlance_system;
