-- Training data: conversations that models learn from. A training conversation belongs to one person, and so does all of this.

create table training_conversations (
  conversation_id uuid primary key,
  owner_id uuid not null,
  origin text not null check (origin in ('generated', 'taken', 'imported')),
  -- The real conversation that it was taken from, while that exists.
  source_id uuid references conversations on delete set null,
  title text not null,
  -- Which persona, arc and topic it was made with: keys for filters, and everything as it was then.
  persona_key text,
  arc_key text,
  topic_key text,
  scaffolding jsonb,
  tier text not null check (tier in ('template', 'scenario', 'edge_case')),
  -- The present revision; 0 while there is none.
  revision integer not null default 0,
  turn_count integer not null default 0,
  -- Estimated, in tokens of o200k_base.
  token_count integer not null default 0,
  -- Scores are 0 to 10.
  quality_score real,
  empathy_score real,
  clarity_score real,
  appropriateness_score real,
  brand_voice_alignment real,
  status text not null default 'pending_review' check (status in ('pending_review', 'approved', 'rejected', 'archived')),
  reviewed_by uuid references users on delete set null,
  reviewed_at timestamptz,
  review_notes text,
  processing_status text not null
    check (processing_status in ('queued', 'processing', 'raw_stored', 'completed', 'failed', 'parse_failed')),
  -- Paths in the bucket conversation-files, never URLs.
  file_path text,
  file_size bigint,
  -- Counts the changes that the final file must tell of, and up to which of them it does: the file follows the row.
  file_due integer not null default 0,
  file_written integer not null default 0,
  -- Somebody is writing it; until then nobody else does.
  file_lease_until timestamptz,
  raw_response_path text,
  raw_response_size bigint,
  raw_stored_at timestamptz,
  parse_method text check (parse_method in ('direct', 'jsonrepair', 'manual')),
  requires_manual_review boolean not null default false,
  -- What was found wrong, and how far the pipeline came.
  validation_report jsonb,
  model text,
  prompt_tokens integer,
  completion_tokens integer,
  -- In US dollars.
  cost numeric(12, 6),
  download_count integer not null default 0,
  last_downloaded_at timestamptz,
  -- In exports of chosen conversations; those of versions are counted with the versions (0007).
  export_count integer not null default 0,
  last_exported_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- Words of the title and the turns, the first 64 KiB of them.
  words tsvector not null default '',
  -- This way round it is also the order in which exports read.
  unique (owner_id, conversation_id),
  foreign key (conversation_id, owner_id) references conversations (conversation_id, owner_id) on delete cascade
);
-- One for each way to sort.
create index training_by_creation on training_conversations (owner_id, created_at desc, conversation_id desc);
create index training_by_quality on training_conversations (owner_id, coalesce(quality_score, '-1'::real) desc, conversation_id desc);
create index training_by_turns on training_conversations (owner_id, turn_count desc, conversation_id desc);
create index training_by_title on training_conversations (owner_id, lower(title), conversation_id);
-- The filters that few pass.
create index training_by_status on training_conversations (owner_id, status, created_at desc, conversation_id desc);
create index training_by_arc on training_conversations (owner_id, arc_key, created_at desc, conversation_id desc);
create index training_by_topic on training_conversations (owner_id, topic_key, created_at desc, conversation_id desc);
create index training_flagged on training_conversations (owner_id, created_at desc, conversation_id desc) where requires_manual_review;
create index training_not_generated on training_conversations (owner_id, created_at desc, conversation_id desc)
  where origin <> 'generated';
create index training_unfinished on training_conversations (owner_id, created_at desc, conversation_id desc)
  where processing_status <> 'completed';
create index training_by_persona on training_conversations (owner_id, persona_key, created_at desc, conversation_id desc);
-- For coverage, which counts whole topics: an index-only scan, 5 ms per 15,000 conversations.
create index training_by_cell on training_conversations (owner_id, topic_key, persona_key, arc_key) include (tier, status)
  where processing_status not in ('failed', 'parse_failed');
create index training_by_words on training_conversations using gin (words);
create index training_files_due on training_conversations (file_lease_until) where file_written < file_due;
create index training_by_source on training_conversations (source_id) where source_id is not null;
create index training_by_reviewer on training_conversations (reviewed_by) where reviewed_by is not null;

-- How many a person has by status and tier, and how good they are, kept by trigger so that no dashboard counts them.
create table training_totals (
  owner_id uuid not null references users on delete cascade,
  status text not null,
  tier text not null,
  total integer not null,
  -- Of those that have a score: how many, and their sum.
  scored integer not null,
  score_sum numeric not null,
  primary key (owner_id, status, tier)
);

create function keep_training_totals() returns trigger
  language plpgsql as $$
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
end $$;
create trigger training_is_counted after insert on training_conversations
  referencing new table as changed for each statement execute function keep_training_totals();
create trigger training_is_recounted after update on training_conversations
  referencing old table as former new table as changed for each statement execute function keep_training_totals();
create trigger training_is_uncounted after delete on training_conversations
  referencing old table as changed for each statement execute function keep_training_totals();

-- A conversation leaves no file behind. Both paths are the contract's and follow from the row, which is there before any
-- file is: whoever is writing one at this moment is waited for.
create function doom_training_blobs() returns trigger
  language plpgsql as $$
begin
  insert into doomed_blobs (blob_key, doomed_at)
    select 'conversation-files/' || path, greatest(now(), old.file_lease_until)
    from (values (old.owner_id || '/' || old.conversation_id || '/conversation.json'),
      ('raw/' || old.owner_id || '/' || old.conversation_id || '.json')) as held (path)
    on conflict do nothing;
  return null;
end $$;
create trigger deleted_training_leaves_no_blob after delete on training_conversations
  for each row execute function doom_training_blobs();

-- Whose voice the assistant has in a person's training files: a ConsultantProfile (features/training/final-file.ts).
create table consultant_profiles (
  owner_id uuid primary key references users on delete cascade,
  profile jsonb not null,
  updated_at timestamptz not null
);

-- What a conversation says, once for each time it was changed: a revision is never changed, so that a dataset can hold on to it.
create table training_revisions (
  conversation_id uuid not null,
  owner_id uuid not null,
  revision integer not null,
  -- A TrainingContent (features/training/content.ts). Not jsonb, which would change the order of its keys: exports repeat it.
  content json not null,
  -- SHA-256 of the content as canonical JSON.
  content_hash bytea not null,
  -- Why there is this revision.
  reason text not null check (reason in ('generated', 'taken', 'imported', 'edited', 'redacted', 'restored')),
  changed_by uuid references users on delete set null,
  created_at timestamptz not null,
  primary key (conversation_id, revision),
  foreign key (conversation_id, owner_id) references training_conversations (conversation_id, owner_id) on delete cascade
);
create index training_revisions_by_author on training_revisions (changed_by) where changed_by is not null;

-- What was done with training data, by whom and when: review history, downloads, exports, erasure. Lines are only ever added.
create table training_log (
  log_id uuid primary key,
  owner_id uuid not null references users on delete cascade,
  actor_id uuid references users on delete set null,
  at timestamptz not null,
  -- Such as `download`, `approve`, `edit`; see features/training/log-line.ts.
  action text not null,
  -- No foreign key: the line outlives what it is about.
  conversation_id uuid,
  -- Bytes that left the server, or will by the link that was given out.
  bytes bigint,
  -- Null where it went well.
  error_code text,
  details jsonb
);
create index training_log_in_order on training_log (owner_id, at desc, log_id desc);
create index training_log_by_conversation on training_log (conversation_id, at desc, log_id desc) where conversation_id is not null;
create index training_log_by_action on training_log (owner_id, action, at desc);
create index training_log_by_actor on training_log (actor_id) where actor_id is not null;

-- Row-level security.

alter table training_conversations enable row level security;
alter table training_conversations force row level security;
create policy owner_keeps on training_conversations to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
create policy system_tends on training_conversations to parlance_system using (true) with check (true);
grant select, insert, update, delete on training_conversations to parlance_app;
grant select, update on training_conversations to parlance_system;

alter table training_totals enable row level security;
alter table training_totals force row level security;
create policy owner_counts on training_totals to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
create policy system_counts on training_totals to parlance_system using (true) with check (true);
grant select, insert, update on training_totals to parlance_app;
grant select, insert, update on training_totals to parlance_system;

alter table consultant_profiles enable row level security;
alter table consultant_profiles force row level security;
create policy owner_keeps on consultant_profiles to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
grant select, insert, update on consultant_profiles to parlance_app;

alter table training_revisions enable row level security;
alter table training_revisions force row level security;
create policy owner_reads on training_revisions for select to parlance_app using (owner_id = (select app_user()));
create policy owner_adds on training_revisions for insert to parlance_app with check (owner_id = (select app_user()));
create policy owner_removes on training_revisions for delete to parlance_app using (owner_id = (select app_user()));
create policy system_reads on training_revisions for select to parlance_system using (true);
grant select, insert, delete on training_revisions to parlance_app;
grant select on training_revisions to parlance_system;

alter table training_log enable row level security;
alter table training_log force row level security;
create policy owner_reads on training_log for select to parlance_app using (owner_id = (select app_user()));
create policy owner_adds on training_log for insert to parlance_app with check (owner_id = (select app_user()));
create policy system_adds on training_log to parlance_system using (true) with check (true);
grant select, insert on training_log to parlance_app;
grant select, insert on training_log to parlance_system;
