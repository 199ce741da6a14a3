-- Real conversations as training data: consent of those who wrote them, whose words are where, and erasure.

alter table training_revisions drop constraint training_revisions_reason_check;
alter table training_revisions add constraint training_revisions_reason_check
  check (reason in ('generated', 'taken', 'imported', 'edited', 'redacted', 'restored', 'erased'));

-- Somebody wants to take a team conversation, and asks everybody in it. Asking for another purpose is another request.
create table consent_requests (
  request_id uuid primary key,
  conversation_id uuid not null references conversations on delete cascade,
  asker_id uuid not null references users on delete cascade,
  purpose text not null,
  asked_at timestamptz not null,
  unique (conversation_id, asker_id)
);
create index consent_requests_by_asker on consent_requests (asker_id);

-- What people said to it. Who is not here was not asked yet, or has not answered.
create table consents (
  request_id uuid not null references consent_requests on delete cascade,
  user_id uuid not null references users on delete cascade,
  answer text not null check (answer in ('granted', 'declined')),
  answered_at timestamptz not null,
  primary key (request_id, user_id)
);
create index consents_by_user on consents (user_id);

-- Whose words a turn of a taken conversation holds: one row for each message that is in it. An answer of a model holds the
-- words of whoever asked, so it has rows for the question and for itself.
create table training_words (
  conversation_id uuid not null,
  owner_id uuid not null,
  turn_number integer not null,
  -- No foreign key: the words are there, whether the message is or not.
  message_id uuid not null,
  person_id uuid references users on delete set null,
  -- The real conversation, while that exists.
  source_id uuid references conversations on delete set null,
  taken_at timestamptz not null,
  -- Since when the turn is to go; its row goes with it.
  doomed_at timestamptz,
  primary key (conversation_id, turn_number, message_id),
  foreign key (conversation_id, owner_id) references training_conversations (conversation_id, owner_id) on delete cascade
);
create index training_words_by_person on training_words (person_id, conversation_id) where person_id is not null;
create index training_words_by_message on training_words (message_id);
create index training_words_by_source on training_words (source_id) where source_id is not null;
create index training_words_doomed on training_words (doomed_at, conversation_id) where doomed_at is not null;

-- Conversations that were begun and never got what they were to say.
create index training_half_taken on training_conversations (created_at) where origin = 'taken' and revision = 0;

-- What was redacted, sealed: there until the conversation is approved.
create table training_redactions (
  conversation_id uuid primary key,
  owner_id uuid not null,
  sealed_map text not null,
  foreign key (conversation_id, owner_id) references training_conversations (conversation_id, owner_id) on delete cascade
);

-- An erasure that is about to happen: made real by the revision that follows `based_on`, or never.
create table training_erasures (
  conversation_id uuid not null,
  owner_id uuid not null,
  based_on integer not null,
  -- Of that revision: of several servers that erase at once, each means its own.
  content_hash bytea not null,
  -- Numbers of the turns that go.
  turns integer[] not null,
  -- The redactions of the turns that stay; null where there are none.
  sealed_map text,
  primary key (conversation_id, content_hash),
  foreign key (conversation_id, owner_id) references training_conversations (conversation_id, owner_id) on delete cascade
);

-- Approved: redaction is final.
create function forget_redactions() returns trigger
  language plpgsql as $$
begin
  delete from training_redactions where conversation_id = new.conversation_id;
  return null;
end $$;
create trigger approval_makes_redaction_final after update of status on training_conversations
  for each row when (new.status = 'approved' and old.status <> 'approved') execute function forget_redactions();

-- A revision that erases leaves no older one.
create function replace_older_revisions() returns trigger
  language plpgsql as $$
begin
  delete from training_revisions where conversation_id = new.conversation_id and revision < new.revision;
  return null;
end $$;
create trigger erased_revisions_replace_older after insert on training_revisions
  for each row when (new.reason = 'erased') execute function replace_older_revisions();

-- And whose words are where is counted anew. Nobody but this program may say so, hence the rights of the schema's owner.
create function carry_out_erasure() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public as $$
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
end $$;
revoke execute on function carry_out_erasure() from public;
create trigger erased_revisions_take_words_along after insert on training_revisions
  for each row when (new.reason = 'erased') execute function carry_out_erasure();

-- What is deleted in the conversation is deleted in what was taken from it, whoever deletes it.
create function doom_words_of_message() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  update public.training_words set doomed_at = now() where message_id = new.message_id and doomed_at is null;
  return null;
end $$;
revoke execute on function doom_words_of_message() from public;
create trigger deleted_messages_leave_training after update of content on messages
  for each row when (old.owner_id is null and old.content <> '' and new.content = '')
  execute function doom_words_of_message();

-- Whoever leaves for good takes their words along.
create function doom_words_of_person() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  -- What they own goes with them anyway.
  update public.training_words set doomed_at = now()
    where person_id = old.user_id and owner_id <> old.user_id and doomed_at is null;
  return old;
end $$;
revoke execute on function doom_words_of_person() from public;
create trigger deleted_people_leave_training before delete on users
  for each row execute function doom_words_of_person();

-- Servers hear that there is something to erase.
create function tell_of_doomed_words() returns trigger
  language plpgsql as $$
begin
  perform pg_notify('parlance', '{"kind":"words-doomed"}');
  return null;
end $$;
-- Equal notices of one transaction are delivered once.
create trigger doomed_words_are_told after update of doomed_at on training_words
  for each row when (old.doomed_at is null and new.doomed_at is not null) execute function tell_of_doomed_words();

-- Row-level security. Consent and words belong to more than one person: the program alone touches them, on somebody's
-- behalf, and its statements ask what they may. Not forced where the functions above must get through.

alter table consent_requests enable row level security;
alter table consent_requests force row level security;
create policy system_keeps on consent_requests to parlance_system using (true) with check (true);
grant select, insert, delete on consent_requests to parlance_system;

alter table consents enable row level security;
alter table consents force row level security;
create policy system_keeps on consents to parlance_system using (true) with check (true);
grant select, insert, update, delete on consents to parlance_system;

alter table training_words enable row level security;
create policy system_keeps on training_words to parlance_system using (true) with check (true);
grant select, insert, update (doomed_at) on training_words to parlance_system;

alter table training_redactions enable row level security;
create policy owner_keeps on training_redactions to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
create policy system_removes on training_redactions to parlance_system using (true) with check (true);
grant select, insert, update (sealed_map), delete on training_redactions to parlance_app;
grant select, delete on training_redactions to parlance_system;

alter table training_erasures enable row level security;
create policy system_plans on training_erasures to parlance_system using (true) with check (true);
grant select, insert, update, delete on training_erasures to parlance_system;
