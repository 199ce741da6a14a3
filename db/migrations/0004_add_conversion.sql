-- File conversion without an account: sessions, jobs, one-time tokens. Nothing here belongs to a person; only the program
-- itself (parlance_system) has any right to it.

create table conversion_sessions (
  -- SHA-256 of the secret in the cookie; the secret itself is nowhere.
  session_hash bytea primary key,
  csrf_token text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index conversion_sessions_by_expiry on conversion_sessions (expires_at);

-- A job is its own place in the queue: what is `queued` waits, what is `processing` is leased to a worker.
create table conversion_jobs (
  -- Sessions may be kept in Redis: no foreign key.
  session_hash bytea not null,
  -- Chosen by the client: unique in its session only.
  job_id uuid not null,
  task_id uuid,
  original_filename text not null,
  source_format text not null,
  target_format text,
  engine text,
  size bigint not null check (size > 0),
  -- Null until the upload is whole, and again once it has been converted.
  input_key text,
  output_key text,
  -- Several pages come as a ZIP of pictures: not always what was asked for.
  output_format text,
  output_size bigint,
  status text not null check (status in ('uploaded', 'queued', 'processing', 'completed', 'failed')),
  progress real,
  -- How often a worker has begun with this task.
  attempts integer not null default 0,
  error_type text,
  error_message text,
  -- Of the worker that has it, new each time; and until when, unless the worker says that it lives.
  lease_id uuid,
  leased_until timestamptz,
  created_at timestamptz not null,
  queued_at timestamptz,
  completed_at timestamptz,
  -- The end of the session, whatever keeps the session.
  expires_at timestamptz not null,
  primary key (session_hash, job_id),
  check ((status = 'processing') = (lease_id is not null)),
  check ((lease_id is null) = (leased_until is null))
);
create index conversion_jobs_queued on conversion_jobs (engine, queued_at) where status = 'queued';
create index conversion_jobs_leased on conversion_jobs (leased_until) where status = 'processing';
create index conversion_jobs_by_expiry on conversion_jobs (expires_at);

-- What no job names any more is removed from the blob store (doomed_blobs), whoever let it go. Where a job is taken from its
-- worker, that one may be writing its output still: it gets a moment to hear of it.
create function doom_conversion_blobs() returns trigger
  language plpgsql as $$
begin
  insert into doomed_blobs (blob_key, doomed_at)
    select key, time from (values (old.input_key, now()),
      (old.output_key, case when old.lease_id is null then now() else now() + interval '30 seconds' end)) as held (key, time)
    where key is not null and not key = any (array_remove(array[new.input_key, new.output_key], null))
    on conflict (blob_key) do update set doomed_at = excluded.doomed_at;
  return null;
end $$;
create trigger removed_jobs_leave_no_blob after delete on conversion_jobs
  for each row execute function doom_conversion_blobs();
create trigger changed_jobs_leave_no_blob after update of input_key, output_key on conversion_jobs
  for each row execute function doom_conversion_blobs();

create table download_tokens (
  -- SHA-256 of the token.
  token_hash bytea primary key,
  session_hash bytea not null,
  -- Null: all finished files, as a ZIP.
  job_id uuid,
  expires_at timestamptz not null
);
create index download_tokens_by_session on download_tokens (session_hash);
create index download_tokens_by_expiry on download_tokens (expires_at);

alter table conversion_sessions enable row level security;
alter table conversion_sessions force row level security;
create policy system_keeps on conversion_sessions to parlance_system using (true) with check (true);
grant select, insert, update, delete on conversion_sessions to parlance_system;

alter table conversion_jobs enable row level security;
alter table conversion_jobs force row level security;
create policy system_keeps on conversion_jobs to parlance_system using (true) with check (true);
grant select, insert, update, delete on conversion_jobs to parlance_system;

alter table download_tokens enable row level security;
alter table download_tokens force row level security;
create policy system_keeps on download_tokens to parlance_system using (true) with check (true);
grant select, insert, update, delete on download_tokens to parlance_system;
