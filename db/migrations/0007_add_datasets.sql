-- Datasets: a named choice of training conversations, and versions of it that never change.

create table datasets (
  dataset_id uuid primary key,
  owner_id uuid not null references users on delete cascade,
  name text not null,
  description text,
  -- Which conversations (features/datasets/dataset.ts: Selection) and what becomes of them (Settings).
  selection jsonb not null,
  settings jsonb not null,
  -- The number of its newest version; 0 while there is none. Numbers are never used twice.
  latest_version integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (dataset_id, owner_id)
);
create index datasets_in_order on datasets (owner_id, created_at desc, dataset_id desc);

-- A version is its own place in the queue of what is to be frozen: `queued` waits, `processing` is leased to a worker. Once it
-- is `completed` nothing of it changes, but that conversations may be erased.
create table dataset_versions (
  dataset_id uuid not null,
  version integer not null check (version > 0),
  owner_id uuid not null,
  -- As they were when it was asked for.
  selection jsonb not null,
  settings jsonb not null,
  status text not null check (status in ('queued', 'processing', 'completed', 'failed', 'cancelled')),
  -- How many conversations have been read, of how many.
  done integer not null default 0,
  total integer,
  -- What came of it (features/datasets/dataset.ts: VersionCounts).
  counts jsonb,
  -- How often it was exported, each time with all its conversations.
  export_count integer not null default 0,
  last_exported_at timestamptz,
  error_code text,
  -- How often a worker died over it.
  losses integer not null default 0,
  lease_id uuid,
  leased_until timestamptz,
  created_at timestamptz not null,
  completed_at timestamptz,
  primary key (dataset_id, version),
  check ((status = 'processing') = (lease_id is not null)),
  check ((lease_id is null) = (leased_until is null)),
  check ((status = 'completed') = (counts is not null)),
  foreign key (dataset_id, owner_id) references datasets (dataset_id, owner_id) on delete cascade
);
create index dataset_versions_queued on dataset_versions (created_at) where status = 'queued';
create index dataset_versions_leased on dataset_versions (leased_until) where status = 'processing';

-- What a version holds, and what it left out of its selection. Rows are only ever added, and removed with their version.
create table dataset_items (
  dataset_id uuid not null,
  version integer not null,
  owner_id uuid not null,
  -- It outlives the conversation.
  conversation_id uuid not null,
  -- Null once the conversation, or what it said then, was erased.
  revision integer,
  -- Null where it was dropped.
  split text check (split in ('train', 'validation', 'test')),
  dropped text check (dropped in ('too_few_turns', 'too_many_turns', 'too_long', 'duplicate', 'near_duplicate')),
  -- What may change without a new revision, as it was then (features/datasets/dataset.ts: FrozenFacts): an export gives the
  -- same bytes again.
  facts jsonb not null,
  turn_count integer not null,
  -- Estimated, in tokens of o200k_base.
  token_count integer not null,
  -- What must not be on two sides of a split shares a group (features/datasets/splits.ts): the hash of it decides the side.
  group_id uuid not null,
  -- The first of those that say nearly the same; null where none does. 1 is the very same.
  cluster_id uuid,
  similarity real,
  primary key (dataset_id, version, conversation_id),
  check ((split is null) <> (dropped is null)),
  foreign key (dataset_id, version) references dataset_versions (dataset_id, version) on delete cascade,
  -- Whoever erases a revision, the version knows at once and by itself.
  foreign key (conversation_id, revision) references training_revisions (conversation_id, revision)
    on delete set null (revision)
);
create index dataset_items_by_split on dataset_items (dataset_id, version, split, conversation_id) where split is not null;
create index dataset_items_by_reason on dataset_items (dataset_id, version, dropped, conversation_id) where dropped is not null;
create index dataset_items_by_cluster on dataset_items (dataset_id, version, cluster_id, conversation_id)
  where cluster_id is not null;
create index dataset_items_by_revision on dataset_items (conversation_id, revision);
create index dataset_items_erased on dataset_items (dataset_id, version, conversation_id) where revision is null;

-- Of what was erased no title stays either.
create function forget_erased_item() returns trigger
  language plpgsql as $$
begin
  new.facts := '{}';
  return new;
end $$;
create trigger erased_items_are_forgotten before update of revision on dataset_items
  for each row when (new.revision is null) execute function forget_erased_item();

-- Row-level security.

alter table datasets enable row level security;
alter table datasets force row level security;
create policy owner_keeps on datasets to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
grant select, insert, update, delete on datasets to parlance_app;

alter table dataset_versions enable row level security;
alter table dataset_versions force row level security;
create policy owner_keeps on dataset_versions to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
-- Hands them to workers, and takes them from dead ones.
create policy system_leases on dataset_versions to parlance_system using (true) with check (true);
grant select, insert, update, delete on dataset_versions to parlance_app;
grant select, update on dataset_versions to parlance_system;

alter table dataset_items enable row level security;
alter table dataset_items force row level security;
create policy owner_sees on dataset_items for select to parlance_app using (owner_id = (select app_user()));
create policy owner_adds on dataset_items for insert to parlance_app with check (owner_id = (select app_user()));
create policy owner_removes on dataset_items for delete to parlance_app using (owner_id = (select app_user()));
grant select, insert, delete on dataset_items to parlance_app;

-- Exports: files that are made of a version, or of conversations that were chosen, and kept for a day. An export is its own
-- place in the queue, as a version is.
create table exports (
  export_id uuid primary key,
  owner_id uuid not null references users on delete cascade,
  -- What it is of: a version, which it may outlive, or these revisions of these conversations.
  dataset_id uuid,
  version integer,
  conversation_ids uuid[],
  revisions integer[],
  -- The dataset's name, or what the person called it.
  name text not null,
  -- How it is to be made (features/datasets/exports/export.ts: ExportOrder).
  wanted json not null,
  status text not null check (status in ('queued', 'processing', 'completed', 'failed', 'cancelled', 'expired')),
  -- How many conversations have been read, of how many.
  done integer not null default 0,
  total integer not null,
  -- How often a worker has begun: each time it writes to a folder of its own.
  attempts integer not null default 0,
  -- How often a worker died over it.
  losses integer not null default 0,
  lease_id uuid,
  leased_until timestamptz,
  -- In the bucket training-exports, while there may be something.
  folder text,
  -- What was made of it (ExportResult); stays when the files are gone.
  result json,
  error_code text,
  created_at timestamptz not null,
  started_at timestamptz,
  completed_at timestamptz,
  expires_at timestamptz,
  check ((dataset_id is null) = (version is null) and (dataset_id is null) <> (conversation_ids is null)),
  check (cardinality(conversation_ids) = cardinality(revisions)),
  check ((status = 'processing') = (lease_id is not null)),
  check ((lease_id is null) = (leased_until is null)),
  check ((status = 'completed') <= (result is not null and folder is not null and expires_at is not null))
);
create index exports_in_order on exports (owner_id, created_at desc, export_id desc);
create index exports_queued on exports (created_at) where status = 'queued';
create index exports_leased on exports (leased_until) where status = 'processing';
create index exports_by_expiry on exports (expires_at) where status = 'completed';
create index exports_by_version on exports (dataset_id, version) where dataset_id is not null;

-- What no export names any more is removed from the blob store. Where one is taken from its worker, that one may be writing
-- still: it gets a moment to hear of it.
create function doom_export_blobs() returns trigger
  language plpgsql as $$
begin
  if old.folder is not null and (tg_op = 'DELETE' or old.folder is distinct from new.folder) then
    insert into doomed_blobs (blob_key, doomed_at)
      values ('training-exports/' || old.folder,
        case when old.lease_id is null then now() else now() + interval '30 seconds' end)
      on conflict do nothing;
  end if;
  return null;
end $$;
create trigger removed_exports_leave_no_blob after delete on exports
  for each row execute function doom_export_blobs();
create trigger changed_exports_leave_no_blob after update of folder on exports
  for each row execute function doom_export_blobs();

-- What somebody erases is in no file any more: whoever erases a revision need not think of that. What is being made begins
-- again without it.
create function withdraw_erased_exports() returns trigger
  language plpgsql as $$
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
end $$;
create trigger erased_revisions_leave_exports after delete on training_revisions
  referencing old table as gone for each statement execute function withdraw_erased_exports();

alter table exports enable row level security;
alter table exports force row level security;
create policy owner_keeps on exports to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
-- Hands them to workers, takes them from dead ones, and ends their day.
create policy system_leases on exports to parlance_system using (true) with check (true);
-- Where an account or a conversation goes, it is the program that erases what exports hold.
create policy system_reads on dataset_items for select to parlance_system using (true);
grant select on dataset_items to parlance_system;
grant select, insert, update, delete on exports to parlance_app;
grant select, update on exports to parlance_system;
