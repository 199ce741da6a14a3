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
create index files_in_order on files (conversation_id, kind, shared_at desc, file_id desc) where message_id is not null;
create index files_by_message on files (message_id, position) where message_id is not null;
create index files_by_uploader on files (uploader_id) include (size);
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
  if tg_op = 'DELETE' then
    if old.message_id is not null then
      update file_totals set total = total - 1 where conversation_id = old.conversation_id and kind = old.kind;
    end if;
  else
    insert into file_totals as t (conversation_id, kind, total) values (new.conversation_id, new.kind, 1)
      on conflict (conversation_id, kind) do update set total = t.total + 1;
  end if;
  return null;
end $$;
create trigger files_are_counted after update of message_id on files
  for each row when (old.message_id is null and new.message_id is not null) execute function keep_file_totals();
create trigger sent_files_are_counted after insert on files
  for each row when (new.message_id is not null) execute function keep_file_totals();
create trigger files_are_uncounted after delete on files
  for each row execute function keep_file_totals();

-- Blobs that nothing refers to, or may soon: an upload notes its blob here before it writes it and strikes it out in the
-- transaction that makes the file. Whatever is still here after its time is removed from the blob store.
create table doomed_blobs (
  blob_key text primary key,
  doomed_at timestamptz not null
);
create index doomed_blobs_by_time on doomed_blobs (doomed_at);

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
grant select, update on file_totals to parlance_system;

-- Not forced: where a conversation is deleted, its files are deleted in the name of the owner of the schema.
alter table doomed_blobs enable row level security;
create policy anybody_dooms on doomed_blobs for insert to parlance_app with check (true);
create policy system_removes on doomed_blobs to parlance_system using (true) with check (true);
grant insert on doomed_blobs to parlance_app;
grant select, insert, update, delete on doomed_blobs to parlance_system;
