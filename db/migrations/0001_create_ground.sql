-- The ground: people and how they sign in, conversations, messages, and the replies that models write.
--
-- Two group roles exist besides the owner of the schema (made by the program, see roles.ts):
--   parlance_app     every request; sees through row-level security what one person may see
--   parlance_system  sign-in and jobs; granted table by table
-- Neither owns anything and neither can bypass row-level security.

-- The person in whose name the transaction runs; null for none. After a transaction has ended the setting
-- reads '' and not null, hence the nullif.
create function app_user() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('app.user_id', true), '')::uuid;

create table users (
  user_id uuid primary key,
  email text,
  name text not null,
  -- Who vouches for this person: an OpenID issuer and its subject. Null for local accounts.
  issuer text,
  subject text,
  default_model text,
  created_at timestamptz not null,
  constraint users_have_one_origin check ((issuer is null) = (subject is null)),
  constraint users_email_is_lower_case check (email = lower(email))
);
create unique index users_email_key on users (email) where issuer is null;
create unique index users_issuer_subject_key on users (issuer, subject);

create table passwords (
  user_id uuid primary key references users on delete cascade,
  -- PHC string of argon2id.
  password_hash text not null,
  changed_at timestamptz not null
);

create table sessions (
  session_id uuid primary key,
  user_id uuid not null references users on delete cascade,
  -- SHA-256 of the secret in the cookie; the secret itself is nowhere.
  token_hash bytea not null unique,
  user_agent text not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null
);
create index sessions_by_user on sessions (user_id, last_seen_at desc);
create index sessions_by_expiry on sessions (expires_at);

create table access_tokens (
  access_token_id uuid primary key,
  user_id uuid not null references users on delete cascade,
  name text not null,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  last_used_at timestamptz,
  expires_at timestamptz
);
create index access_tokens_by_user on access_tokens (user_id, created_at desc);

-- Failed sign-ins, counted per address and per client in windows.
create table sign_in_attempts (
  attempt_key text not null,
  window_start timestamptz not null,
  attempts integer not null,
  primary key (attempt_key, window_start)
);
create index sign_in_attempts_by_window on sign_in_attempts (window_start);

create table provider_keys (
  user_id uuid not null references users on delete cascade,
  provider text not null,
  -- AES-256-GCM envelope; see adapters/secrets.
  sealed_key text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (user_id, provider)
);

create table conversations (
  conversation_id uuid primary key,
  kind text not null check (kind in ('assistant', 'team', 'training')),
  owner_id uuid not null references users on delete cascade,
  title text,
  -- What chat-v1 was given at creation and hands to the first message.
  metadata jsonb,
  parent_id uuid references conversations on delete set null,
  branch_count integer not null default 0,
  -- Kept, not counted: reading a list costs the same however long the conversations are.
  message_count integer not null default 0,
  reply_count integer not null default 0,
  last_message_at timestamptz,
  -- The latest message of a person, at most 100 characters.
  preview text,
  -- The one reply that is being written; replies asked for meanwhile are queued.
  running_reply_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- last_message_at, or created_at while there is no message: what lists are ordered by.
  active_at timestamptz not null,
  unique (conversation_id, owner_id)
);
create index conversations_by_creation on conversations (owner_id, kind, created_at desc, conversation_id desc);
create index conversations_by_activity on conversations (owner_id, kind, active_at desc, conversation_id desc);
create index conversations_by_parent on conversations (parent_id) where parent_id is not null;

-- How many conversations of each kind a person owns, kept by trigger so that no list counts them.
create table conversation_totals (
  owner_id uuid not null references users on delete cascade,
  kind text not null,
  total integer not null,
  primary key (owner_id, kind)
);

create function keep_conversation_totals() returns trigger
  language plpgsql as $$
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
end $$;
create trigger conversations_are_counted after insert on conversations
  referencing new table as changed for each statement execute function keep_conversation_totals();
create trigger conversations_are_uncounted after delete on conversations
  referencing old table as changed for each statement execute function keep_conversation_totals();

create table messages (
  message_id uuid primary key,
  conversation_id uuid not null,
  -- The one person who may read it, copied from the conversation so that the policy is a plain comparison.
  owner_id uuid not null,
  -- Null for what a model or the system wrote.
  sender_id uuid references users on delete set null,
  role text not null check (role in ('user', 'assistant', 'system')),
  content text not null,
  model text,
  prompt_tokens integer,
  completion_tokens integer,
  status text not null default 'complete' check (status in ('complete', 'stopped', 'interrupted', 'truncated')),
  metadata jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  foreign key (conversation_id, owner_id) references conversations (conversation_id, owner_id) on delete cascade
);
create index messages_in_order on messages (conversation_id, created_at desc, message_id desc);
create index messages_by_sender on messages (sender_id) where sender_id is not null;

-- A model's answer: it belongs to the server and not to the connection that asked for it.
create table replies (
  reply_id uuid primary key,
  conversation_id uuid not null,
  owner_id uuid not null,
  -- Counts the replies of a conversation: the first half of a stream position.
  ordinal integer not null,
  -- The id of the message that it becomes.
  message_id uuid not null,
  -- The message that it answers.
  question_id uuid not null,
  model text not null,
  -- Which model to ask, in full: `openrouter:google/gemini-flash-1.5`.
  model_choice text not null,
  makes_title boolean not null,
  status text not null check (status in ('queued', 'running', 'complete', 'stopped', 'failed', 'interrupted')),
  finish_reason text,
  error_code text,
  -- The process that writes it.
  server_id uuid,
  -- When another process was asked to stop it; the one that writes it looks here, should it miss the notice.
  stop_requested_at timestamptz,
  created_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  unique (conversation_id, ordinal),
  foreign key (conversation_id, owner_id) references conversations (conversation_id, owner_id) on delete cascade
);
create index replies_unfinished on replies (server_id) where status in ('queued', 'running');
create index replies_queued on replies (conversation_id, ordinal) where status = 'queued';
create unique index replies_one_running on replies (conversation_id) where status = 'running';

-- The journal: text of running replies in pieces, each at its offset (UTF-16 code units). Ending a reply stores
-- the whole text as a message and removes its pieces in the same transaction.
create table reply_pieces (
  reply_id uuid not null references replies on delete cascade,
  -- Copied from the reply so that the policy is a plain comparison: with `exists (select from replies …)` PostgreSQL
  -- hashed all replies of a person to read the pieces of one (24 ms instead of 0.8 with 100 000 replies).
  owner_id uuid not null,
  text_offset integer not null,
  content text not null,
  primary key (reply_id, text_offset)
);

-- Keys that clients gave their requests (Idempotency-Key), recorded by the transaction that carried the request out.
create table request_keys (
  owner_id uuid not null references users on delete cascade,
  request_key text not null,
  -- SHA-256 of the request.
  fingerprint bytea not null,
  -- What the answer is about and is deleted with; null where the request made the conversation.
  conversation_id uuid,
  -- Not jsonb, which would change the order of its keys: the answer is repeated as it was.
  answer json not null,
  created_at timestamptz not null,
  primary key (owner_id, request_key),
  foreign key (conversation_id, owner_id) references conversations (conversation_id, owner_id) on delete cascade
);
create index request_keys_by_conversation on request_keys (conversation_id) where conversation_id is not null;
create index request_keys_by_age on request_keys (created_at);

-- Server processes and when each last said that it lives; a reply of a dead one is closed by another.
create table servers (
  server_id uuid primary key,
  started_at timestamptz not null,
  seen_at timestamptz not null
);

-- Becomes a person for the rest of the transaction. With a credential, fails with PA401 unless it is still good.
create function enter(person uuid, credential_kind text, credential_hash bytea, at timestamptz) returns void
  language plpgsql as $$
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
end $$;

-- Row-level security: on, and forced, everywhere. What no policy allows does not exist.

alter table users enable row level security;
alter table users force row level security;
create policy person_is_self on users to parlance_app
  using (user_id = (select app_user())) with check (user_id = (select app_user()));
create policy system_registers on users to parlance_system using (true) with check (true);
grant select, update (name, default_model) on users to parlance_app;
grant select, insert, update, delete on users to parlance_system;

alter table passwords enable row level security;
alter table passwords force row level security;
create policy system_verifies on passwords to parlance_system using (true) with check (true);
create policy person_knows_of_own on passwords for select to parlance_app using (user_id = (select app_user()));
grant select (user_id, changed_at) on passwords to parlance_app;
grant select, insert, update, delete on passwords to parlance_system;

alter table sessions enable row level security;
alter table sessions force row level security;
create policy person_sees_and_ends_own on sessions to parlance_app
  using (user_id = (select app_user())) with check (user_id = (select app_user()));
create policy system_opens_and_sweeps on sessions to parlance_system using (true) with check (true);
grant select, delete on sessions to parlance_app;
grant select, insert, update, delete on sessions to parlance_system;

alter table access_tokens enable row level security;
alter table access_tokens force row level security;
create policy person_keeps_own on access_tokens to parlance_app
  using (user_id = (select app_user())) with check (user_id = (select app_user()));
create policy system_notes_use on access_tokens to parlance_system using (true) with check (true);
grant select, insert, delete on access_tokens to parlance_app;
grant select, update (last_used_at), delete on access_tokens to parlance_system;

alter table sign_in_attempts enable row level security;
alter table sign_in_attempts force row level security;
create policy system_counts on sign_in_attempts to parlance_system using (true) with check (true);
grant select, insert, update, delete on sign_in_attempts to parlance_system;

alter table provider_keys enable row level security;
alter table provider_keys force row level security;
create policy person_keeps_own on provider_keys to parlance_app
  using (user_id = (select app_user())) with check (user_id = (select app_user()));
create policy system_rotates on provider_keys to parlance_system using (true) with check (true);
grant select, insert, update, delete on provider_keys to parlance_app;
grant select, update (sealed_key, updated_at) on provider_keys to parlance_system;

alter table conversations enable row level security;
alter table conversations force row level security;
create policy owner_keeps on conversations to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
create policy system_tends on conversations to parlance_system using (true) with check (true);
grant select, insert, update, delete on conversations to parlance_app;
grant select, update on conversations to parlance_system;

alter table conversation_totals enable row level security;
alter table conversation_totals force row level security;
create policy owner_counts on conversation_totals to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
-- Removing a person removes the conversations, and the trigger then counts in the name of who removed (up to PostgreSQL 17).
create policy system_counts on conversation_totals to parlance_system using (true) with check (true);
grant select, insert, update on conversation_totals to parlance_app;
grant select, update on conversation_totals to parlance_system;

alter table messages enable row level security;
alter table messages force row level security;
create policy owner_keeps on messages to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
create policy system_tends on messages to parlance_system using (true) with check (true);
grant select, insert, update, delete on messages to parlance_app;
grant select, insert on messages to parlance_system;

alter table replies enable row level security;
alter table replies force row level security;
create policy owner_keeps on replies to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
create policy system_tends on replies to parlance_system using (true) with check (true);
grant select, insert, update on replies to parlance_app;
grant select, update on replies to parlance_system;

alter table reply_pieces enable row level security;
alter table reply_pieces force row level security;
create policy owner_reads on reply_pieces for select to parlance_app using (owner_id = (select app_user()));
create policy owner_removes on reply_pieces for delete to parlance_app using (owner_id = (select app_user()));
create policy system_writes on reply_pieces to parlance_system using (true) with check (true);
grant select, delete on reply_pieces to parlance_app;
grant select, insert, delete on reply_pieces to parlance_system;

alter table request_keys enable row level security;
alter table request_keys force row level security;
create policy person_keeps_own on request_keys to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
create policy system_sweeps on request_keys to parlance_system using (true) with check (true);
grant select, insert, update on request_keys to parlance_app;
grant select, delete on request_keys to parlance_system;

alter table servers enable row level security;
alter table servers force row level security;
create policy system_watches on servers to parlance_system using (true) with check (true);
grant select, insert, update, delete on servers to parlance_system;
