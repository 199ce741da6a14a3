-- Team conversations: several people in one conversation, what they do in it, and the log that keeps their pages current.

-- The foreign keys below are checked against the rows that are there, which forced row-level security would hide from the
-- owner of the schema; it is forced again at the end.
alter table users no force row level security;
alter table conversations no force row level security;
alter table messages no force row level security;
alter table replies no force row level security;

-- A conversation with a model belongs to one person; a team conversation belongs to its members.
alter table conversations
  alter column owner_id drop not null,
  -- `group`: named, with roles. `direct`: two people, for good.
  add column team_type text check (team_type in ('group', 'direct')),
  -- The two people of a direct conversation, smaller id first: two people have one.
  add column direct_pair uuid[] unique,
  -- Kept, not counted; 0 where people are not members but owners.
  add column member_count integer not null default 0,
  add constraint conversations_belong_to_somebody check (
    (kind = 'team') = (owner_id is null) and (kind = 'team') = (team_type is not null)),
  add constraint conversations_direct_have_a_pair check (
    (team_type is not distinct from 'direct') = (direct_pair is not null));

create or replace function keep_conversation_totals() returns trigger
  language plpgsql as $$
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
end $$;

-- A name as people search for it and lists are ordered by it: without accents and capitals, `Đặng Ngọc` as `dang ngoc`.
create function name_key_of(name text) returns text
  language sql immutable strict parallel safe
  return lower(translate(regexp_replace(normalize(name, nfkd), '[\u0300-\u036f]', '', 'g'), 'đĐ', 'dd'));
alter table users add column name_key text not null generated always as (name_key_of(name)) stored;
-- Where people of an issuer have an address too, and several may have the same.
create index users_by_email on users (email);

create table members (
  conversation_id uuid not null references conversations on delete cascade,
  user_id uuid not null references users on delete cascade,
  -- Both people of a direct conversation are `member`.
  role text not null check (role in ('owner', 'admin', 'member')),
  joined_at timestamptz not null,
  -- Kept after they have gone, so that what they wrote still has a name.
  left_at timestamptz,
  -- The read mark: everything up to this moment has been seen.
  read_at timestamptz not null,
  primary key (conversation_id, user_id)
);
-- Those who have left too: whether two people share a conversation is asked by `members_know_names` for every name.
create index members_by_user on members (user_id, left_at, conversation_id);
create unique index members_one_owner on members (conversation_id) where role = 'owner' and left_at is null;

-- The team conversations of the person in whose name the transaction runs. It runs as the owner of the schema, because a
-- policy on `members` that asked `members` would ask itself for ever.
create function my_team_conversations() returns setof uuid
  language sql stable parallel safe rows 50 security definer set search_path = pg_catalog, public
  as $$ select conversation_id from public.members where user_id = public.app_user() and left_at is null $$;
revoke execute on function my_team_conversations() from public;
grant execute on function my_team_conversations() to parlance_app;

create table work_types (
  work_type_id uuid primary key,
  conversation_id uuid not null references conversations on delete cascade,
  name text not null,
  -- The name without capitals, by which two are the same: what a database makes of them depends on its locale.
  name_key text not null,
  -- One of the page's named colours.
  color text not null,
  created_at timestamptz not null
);
create unique index work_types_by_name on work_types (conversation_id, name_key);

create table tasks (
  task_id uuid primary key,
  conversation_id uuid not null references conversations on delete cascade,
  title text not null,
  status text not null check (status in ('open', 'done')),
  assignee_id uuid references users on delete set null,
  due_on date,
  created_by uuid references users on delete set null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  done_at timestamptz,
  check ((status = 'done') = (done_at is not null))
);
create index tasks_in_order on tasks (conversation_id, status desc, created_at desc, task_id desc);
create index tasks_by_assignee on tasks (assignee_id) where assignee_id is not null;
create index tasks_by_creator on tasks (created_by) where created_by is not null;

alter table messages
  -- Null in a team conversation, where the members may read it.
  alter column owner_id drop not null,
  add foreign key (conversation_id) references conversations on delete cascade,
  add column type text not null default 'text' check (type in ('text', 'image', 'file', 'system')),
  -- The message that a thread hangs on.
  add column thread_id uuid references messages on delete cascade,
  add column reply_count integer not null default 0,
  add column work_type_id uuid references work_types,
  -- The task that was made from it.
  add column task_id uuid references tasks,
  add column linked_task_count integer not null default 0,
  add column pinned_at timestamptz,
  add column pinned_by uuid references users on delete set null,
  add column edited_at timestamptz,
  -- A deleted message leaves its place, so that a cursor on it still means something, and nothing of what it said.
  add column deleted_at timestamptz;
-- What is read first in a team conversation: neither what stands in threads nor what was deleted, however much that is.
create index messages_in_timeline on messages (conversation_id, created_at desc, message_id desc)
  where owner_id is null and thread_id is null and deleted_at is null;
-- Unread messages are counted from the index alone, up to the hundredth: 30 conversations among a million messages take
-- 2 ms. Without it they take 20; and with `order by created_at` instead, from 3 to 260, as the planner sees fit.
create index messages_unread on messages (conversation_id, created_at) include (sender_id, owner_id)
  where owner_id is null and deleted_at is null and role <> 'system';
create index messages_in_thread on messages (thread_id, created_at, message_id) where thread_id is not null;
create index messages_by_work_type on messages (work_type_id, created_at desc, message_id desc)
  where work_type_id is not null;
create index messages_by_task on messages (task_id) where task_id is not null;
create index messages_pinned on messages (conversation_id, pinned_at desc, message_id desc) where pinned_at is not null;
create index messages_by_pinner on messages (pinned_by) where pinned_by is not null;

create table stars (
  user_id uuid not null references users on delete cascade,
  message_id uuid not null references messages on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  starred_at timestamptz not null,
  primary key (user_id, message_id)
);
create index stars_in_order on stars (user_id, starred_at desc, message_id desc);
create index stars_by_message on stars (message_id);
create index stars_by_conversation on stars (conversation_id);

create table mentions (
  message_id uuid not null references messages on delete cascade,
  user_id uuid not null references users on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  created_at timestamptz not null,
  primary key (message_id, user_id)
);
create index mentions_by_user on mentions (user_id, conversation_id, created_at desc);
create index mentions_by_conversation on mentions (conversation_id);

create table task_links (
  task_id uuid not null references tasks on delete cascade,
  message_id uuid not null references messages on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  linked_at timestamptz not null,
  primary key (task_id, message_id)
);
create index task_links_by_message on task_links (message_id);
create index task_links_by_conversation on task_links (conversation_id);

-- What happened in team conversations, for the people who follow them: where to look, never what is there.
-- Numbers of a sequence become visible out of order, since the transaction that drew one may commit after a later one.
-- Readers therefore read in the order of (transaction, event_id), and only below the oldest transaction that still runs.
create table team_events (
  transaction xid8 not null default pg_current_xact_id(),
  event_id bigint generated always as identity,
  conversation_id uuid not null,
  -- For one person only; null: for all members.
  person_id uuid,
  kind text not null,
  message_id uuid,
  occurred_at timestamptz not null default statement_timestamp(),
  primary key (transaction, event_id)
);
create index team_events_by_time on team_events (occurred_at);

-- Writes an event and wakes every server; to be called in the transaction of what happened.
create function note_team_event(conversation uuid, event_kind text, message uuid default null, person uuid default null)
  returns void language plpgsql as $$
begin
  insert into team_events (conversation_id, person_id, kind, message_id) values (conversation, person, event_kind, message);
  -- Equal notices of one transaction are delivered once.
  perform pg_notify('parlance', '{"kind":"team-events"}');
end $$;

-- However a message gets into a team conversation (a person, a model, a crash that is cleaned up after), its members hear of it.
create function note_team_message() returns trigger
  language plpgsql as $$
begin
  perform note_team_event(new.conversation_id,
    case when tg_op = 'INSERT' then 'message-posted'
      when new.deleted_at is not null then 'message-deleted'
      else 'message-changed' end,
    new.message_id);
  return null;
end $$;
create trigger team_messages_are_announced after insert on messages
  for each row when (new.owner_id is null) execute function note_team_message();
create trigger team_message_changes_are_announced
  after update of content, deleted_at, pinned_at, work_type_id, task_id, linked_task_count, reply_count on messages
  for each row when (new.owner_id is null and (old.content, old.deleted_at, old.pinned_at, old.work_type_id, old.task_id,
    old.linked_task_count, old.reply_count) is distinct from (new.content, new.deleted_at, new.pinned_at, new.work_type_id,
    new.task_id, new.linked_task_count, new.reply_count))
  execute function note_team_message();

-- Members may change each other's messages (pin, tag, count a reply, erase), but nobody puts words into somebody else's
-- mouth.
create function refuse_foreign_words() returns trigger
  language plpgsql as $$
begin
  raise exception 'only its sender changes the words of a message, and nobody its sender' using errcode = '42501';
end $$;
create trigger team_messages_keep_their_words before update of content on messages
  for each row when (old.owner_id is null and new.content is distinct from old.content and new.content <> ''
    and old.sender_id is distinct from app_user())
  execute function refuse_foreign_words();
create trigger team_messages_keep_their_sender before update of sender_id on messages
  for each row when (old.owner_id is null and new.sender_id is distinct from old.sender_id and new.sender_id is not null)
  execute function refuse_foreign_words();

-- Replies of models: asked for by one person (whose key is used), read by all who may read the conversation.
alter table replies
  drop constraint replies_conversation_id_owner_id_fkey,
  add foreign key (conversation_id) references conversations on delete cascade,
  add foreign key (owner_id) references users on delete cascade;
create index replies_by_owner on replies (owner_id);

-- A model's answer in a thread is counted there.
grant update (reply_count) on messages to parlance_system;

-- Row-level security.

-- Not forced: my_team_conversations() looks the members up in the name of the owner of the schema.
alter table members enable row level security;
create policy members_know_each_other on members for select to parlance_app
  using (conversation_id in (select my_team_conversations()));
create policy person_marks_own_as_read on members for update to parlance_app
  using (user_id = (select app_user()) and left_at is null) with check (user_id = (select app_user()));
create policy system_keeps on members to parlance_system using (true) with check (true);
grant select, update (read_at) on members to parlance_app;
grant select, insert, update, delete on members to parlance_system;

create policy members_see on conversations for select to parlance_app
  using (owner_id is null and conversation_id in (select my_team_conversations()));
create policy members_tend on conversations for update to parlance_app
  using (owner_id is null and conversation_id in (select my_team_conversations()))
  with check (owner_id is null and conversation_id in (select my_team_conversations()));
grant insert, delete on conversations to parlance_system;

create policy members_read on messages for select to parlance_app
  using (owner_id is null and conversation_id in (select my_team_conversations()));
create policy members_post on messages for insert to parlance_app
  with check (owner_id is null and sender_id = (select app_user())
    and conversation_id in (select my_team_conversations()));
create policy members_change on messages for update to parlance_app
  using (owner_id is null and conversation_id in (select my_team_conversations()))
  with check (owner_id is null and conversation_id in (select my_team_conversations()));

-- Where several people may write to a row, what says whose it is stays as it was: nobody puts it down to somebody else.
revoke update on messages from parlance_app;
grant update (sender_id, role, type, content, model, status, metadata, updated_at, reply_count, work_type_id, task_id,
  linked_task_count, pinned_at, pinned_by, edited_at, deleted_at) on messages to parlance_app;
revoke update on replies from parlance_app;
grant update (status, ended_at) on replies to parlance_app;

-- People who share a conversation, or did, know each other's names.
create policy members_know_names on users for select to parlance_app
  using (exists (select from members where members.user_id = users.user_id));

create policy members_read on replies for select to parlance_app
  using (conversation_id in (select my_team_conversations()));
create policy members_ask on replies for insert to parlance_app
  with check (owner_id = (select app_user()) and conversation_id in (select my_team_conversations()));
-- A reply that one asked for is one's own wherever it is, so that this must be asked besides.
create policy only_where_one_may_read on replies as restrictive for insert to parlance_app
  with check (exists (select from conversations c where c.conversation_id = replies.conversation_id
    and (c.owner_id = (select app_user()) or c.conversation_id in (select my_team_conversations()))));
create policy members_stop on replies for update to parlance_app
  using (conversation_id in (select my_team_conversations()))
  with check (conversation_id in (select my_team_conversations()));
create policy members_follow on reply_pieces for select to parlance_app
  using (reply_id in (
    select r.reply_id from replies r
    where r.status = 'running' and r.conversation_id in (select my_team_conversations())));

alter table work_types enable row level security;
alter table work_types force row level security;
create policy members_keep on work_types to parlance_app
  using (conversation_id in (select my_team_conversations()))
  with check (conversation_id in (select my_team_conversations()));
grant select, insert, update (name, name_key, color), delete on work_types to parlance_app;

alter table tasks enable row level security;
alter table tasks force row level security;
create policy members_keep on tasks to parlance_app
  using (conversation_id in (select my_team_conversations()))
  with check (conversation_id in (select my_team_conversations()));
grant select, insert, update, delete on tasks to parlance_app;

alter table task_links enable row level security;
alter table task_links force row level security;
create policy members_keep on task_links to parlance_app
  using (conversation_id in (select my_team_conversations()))
  with check (conversation_id in (select my_team_conversations()));
grant select, insert, delete on task_links to parlance_app;

alter table stars enable row level security;
alter table stars force row level security;
create policy person_keeps_own on stars to parlance_app
  using (user_id = (select app_user()))
  with check (user_id = (select app_user()) and conversation_id in (select my_team_conversations()));
grant select, insert, delete on stars to parlance_app;

alter table mentions enable row level security;
alter table mentions force row level security;
create policy members_keep on mentions to parlance_app
  using (conversation_id in (select my_team_conversations()))
  with check (conversation_id in (select my_team_conversations()));
grant select, insert, delete on mentions to parlance_app;

alter table team_events enable row level security;
alter table team_events force row level security;
create policy members_hear on team_events for select to parlance_app
  using (person_id = (select app_user())
    or (person_id is null and conversation_id in (select my_team_conversations())));
create policy members_tell on team_events for insert to parlance_app
  with check (conversation_id in (select my_team_conversations()));
create policy system_tells_and_sweeps on team_events to parlance_system using (true) with check (true);
grant select, insert on team_events to parlance_app;
grant select, insert, delete on team_events to parlance_system;

alter table users force row level security;
alter table conversations force row level security;
alter table messages force row level security;
alter table replies force row level security;
