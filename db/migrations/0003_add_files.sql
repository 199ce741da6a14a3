-- Files: what people share in conversations. The bytes are in the blob store; here is whose they are and where they hang.

create table files (
  file_id uuid primary key,
  uploader_id uuid references users on delete set null,
  conversation_id uuid not null references conversations on delete cascade,
  -- Null until it is sent with a message: until then only its uploader sees it.
  message_id uuid references messages on delete cascade,
  -- Its place among the files of the message.
  position integer not null default 0,
  -- As the uploader named it. Data only: never part of a path.
  name text not null,
  -- The name without case and accents (nameKeyOf): what is searched, and sorted by.
  name_key text collate "C" not null,
  -- By content, from our own table; never what the client said.
  content_type text not null,
  category text not null check (category in
    ('image', 'video', 'audio', 'pdf', 'word', 'excel', 'powerpoint', 'text', 'archive', 'other')),
  kind text not null generated always as (case when category in ('image', 'video') then 'media' else 'docs' end) stored,
  -- Bytes.
  size bigint not null check (size > 0),
  sha256 bytea not null,
  width integer,
  height integer,
  duration_seconds double precision,
  -- Where the bytes are: a name of ours.
  blob_key text not null unique,
  uploaded_at timestamptz not null,
  -- The moment of its message: what listings are ordered by.
  shared_at timestamptz,
  check ((message_id is null) = (shared_at is null))
);
-- One for each way to sort. What else listings filter by is included, so that a filter that few files pass reads one index
-- from end to end and not every row.
create index files_by_time on files (conversation_id, kind, shared_at, file_id)
  include (category, uploader_id, name_key) where message_id is not null;
create index files_by_name on files (conversation_id, kind, name_key, file_id)
  include (category, uploader_id, shared_at) where message_id is not null;
create index files_by_size on files (conversation_id, kind, size, file_id)
  include (category, uploader_id, name_key, shared_at) where message_id is not null;
create index files_by_message on files (message_id, position) where message_id is not null;
-- Who shared files; and for the foreign key, without a condition, or deleting a conversation would read the whole table.
create index files_by_sender on files (conversation_id, uploader_id, kind) include (message_id);
create index files_by_uploader on files (uploader_id);
create index files_unsent on files (uploaded_at) where message_id is null;

-- How many files of each kind a conversation holds, kept by trigger so that nobody counts them.
create table file_totals (
  conversation_id uuid not null references conversations on delete cascade,
  kind text not null,
  total integer not null,
  primary key (conversation_id, kind)
);

create function keep_file_totals() returns trigger
  language plpgsql as $$
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
end $$;
create trigger sent_files_are_counted after insert on files
  referencing new table as changed for each statement execute function keep_file_totals();
create trigger files_are_counted after update on files
  referencing old table as unsent new table as changed for each statement execute function keep_file_totals();
create trigger files_are_uncounted after delete on files
  referencing old table as changed for each statement execute function keep_file_totals();

-- How many bytes a person has in files, sent or not, wherever they are: what the quota is held against.
create table storage_use (
  user_id uuid primary key references users on delete cascade,
  bytes bigint not null
);

-- It runs as the owner of the schema: whoever deletes a file frees room for its uploader, and nobody else may change this.
create function keep_storage_use() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public as $$
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
end $$;
revoke execute on function keep_storage_use() from public;
create trigger files_use_storage after insert on files
  referencing new table as changed for each statement execute function keep_storage_use();
create trigger files_free_storage after delete on files
  referencing old table as changed for each statement execute function keep_storage_use();

-- Blobs that nothing refers to, or may soon: an upload notes its blob here before it writes it and strikes it out in the
-- transaction that makes the file. Whatever is still here after its time is removed from the blob store.
create table doomed_blobs (
  blob_key text primary key,
  doomed_at timestamptz not null
);
create index doomed_blobs_by_time on doomed_blobs (doomed_at);

-- Uploads that come in pieces (tus). They count as files of their size until they end.
create table unfinished_uploads (
  -- Of the file to be, too.
  file_id uuid primary key,
  uploader_id uuid not null references users on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  name text not null,
  size bigint not null check (size > 0),
  expires_at timestamptz not null
);
create index unfinished_uploads_by_uploader on unfinished_uploads (uploader_id);
create index unfinished_uploads_by_conversation on unfinished_uploads (conversation_id);
create index unfinished_uploads_by_time on unfinished_uploads (expires_at);

create function doom_blob() returns trigger
  language plpgsql as $$
begin
  insert into doomed_blobs (blob_key, doomed_at) values (old.blob_key, now()) on conflict do nothing;
  return null;
end $$;
create trigger deleted_files_leave_no_blob after delete on files for each row execute function doom_blob();

-- Row-level security.

alter table files enable row level security;
alter table files force row level security;
-- Unsent: its uploader, while in the conversation. Sent: whoever is in the conversation.
create policy members_see on files for select to parlance_app
  using ((message_id is not null or uploader_id = (select app_user()))
    and conversation_id in (select my_team_conversations()));
create policy members_change on files for update to parlance_app
  using (conversation_id in (select my_team_conversations()))
  with check (conversation_id in (select my_team_conversations()));
create policy members_remove on files for delete to parlance_app
  using (conversation_id in (select my_team_conversations()));
create policy members_upload on files for insert to parlance_app
  with check (uploader_id = (select app_user()) and conversation_id in (select my_team_conversations()));
create policy system_keeps on files to parlance_system using (true) with check (true);
grant select, insert, update (message_id, position, shared_at), delete on files to parlance_app;
grant select, delete on files to parlance_system;

alter table file_totals enable row level security;
alter table file_totals force row level security;
create policy members_count on file_totals to parlance_app
  using (conversation_id in (select my_team_conversations()))
  with check (conversation_id in (select my_team_conversations()));
create policy system_counts on file_totals to parlance_system using (true) with check (true);
grant select, insert, update on file_totals to parlance_app;
-- Removing a person takes the name off the files, and the trigger then counts in the name of who removed (up to PostgreSQL 17).
grant select, insert, update on file_totals to parlance_system;

-- Not forced: it is kept in the name of the owner of the schema.
alter table storage_use enable row level security;
create policy person_sees_own on storage_use for select to parlance_app using (user_id = (select app_user()));
grant select on storage_use to parlance_app;

-- Not forced: where a conversation is deleted, its files are deleted in the name of the owner of the schema. It tells
-- nothing of anybody: names of blobs are random, and nobody reads a blob by its name.
alter table doomed_blobs enable row level security;
create policy anybody_dooms_and_claims on doomed_blobs to parlance_app using (true) with check (true);
create policy system_removes on doomed_blobs to parlance_system using (true) with check (true);
grant select, insert, delete on doomed_blobs to parlance_app;
grant select, insert, update, delete on doomed_blobs to parlance_system;

alter table unfinished_uploads enable row level security;
alter table unfinished_uploads force row level security;
create policy uploader_continues on unfinished_uploads to parlance_app
  using (uploader_id = (select app_user()) and conversation_id in (select my_team_conversations()))
  with check (uploader_id = (select app_user()) and conversation_id in (select my_team_conversations()));
create policy system_expires on unfinished_uploads to parlance_system using (true) with check (true);
grant select, insert, delete on unfinished_uploads to parlance_app;
grant select, delete on unfinished_uploads to parlance_system;
