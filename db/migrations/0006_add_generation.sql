-- What training conversations are made of, and the runs that make them. All of it belongs to one person.

-- Personas, emotional arcs and topics.
create table scaffolds (
  scaffold_id uuid primary key,
  owner_id uuid not null references users on delete cascade,
  kind text not null check (kind in ('persona', 'arc', 'topic')),
  -- What filters and files call it, such as `anxious_planner`.
  key text not null,
  name text not null,
  -- What only its kind has: see features/scaffolding/scaffold.ts.
  details jsonb not null,
  is_active boolean not null default true,
  -- Came with the starter set, whose entry of the same key it can be put back to.
  is_starter boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index scaffolds_by_key on scaffolds (owner_id, kind, key);

-- What a model is asked, with {{placeholders}}.
create table prompt_templates (
  template_id uuid primary key,
  owner_id uuid not null references users on delete cascade,
  name text not null,
  tier text not null check (tier in ('template', 'scenario', 'edge_case')),
  -- The one arc that it is for; null: for any.
  arc_key text,
  text text not null,
  -- Counted up with every change of the text.
  version integer not null default 1,
  is_active boolean not null default true,
  is_starter boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index prompt_templates_by_name on prompt_templates (owner_id, name);

-- Who was given the starter set: what somebody deleted of it is not given again by itself.
create table starter_sets (
  owner_id uuid primary key references users on delete cascade,
  given_at timestamptz not null
);

-- A batch of conversations to be generated, or a single one. Costs are in US dollars; all are 0 where prices are not known.
create table generation_runs (
  run_id uuid primary key,
  owner_id uuid not null references users on delete cascade,
  status text not null default 'queued'
    check (status in ('queued', 'processing', 'paused', 'completed', 'failed', 'cancelled')),
  -- Why it was paused or has failed: a sentence.
  reason text,
  tier text not null check (tier in ('template', 'scenario', 'edge_case')),
  -- The template that was asked for; it may be gone by now.
  template_id uuid,
  -- With its source, and as its provider calls it.
  model_choice text not null,
  model text not null,
  temperature double precision,
  max_tokens integer not null,
  concurrency integer not null,
  on_error text not null check (on_error in ('stop', 'continue')),
  ask_again boolean not null,
  -- Per million tokens; null where they are not known.
  prompt_price numeric(12, 6),
  completion_price numeric(12, 6),
  cost_cap numeric(14, 6),
  total integer not null,
  successful integer not null default 0,
  failed integer not null default 0,
  cancelled integer not null default 0,
  spent numeric(14, 6) not null default 0,
  -- The most that calls in flight may cost, and that those may have cost whose answer was lost.
  reserved numeric(14, 6) not null default 0,
  uncertain numeric(14, 6) not null default 0,
  prompt_tokens bigint not null default 0,
  completion_tokens bigint not null default 0,
  -- How many answers came, and how long they took together.
  answered integer not null default 0,
  answered_ms bigint not null default 0,
  -- Nothing of it is begun before; runs take turns by it.
  not_before timestamptz not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  unique (run_id, owner_id)
);
create index generation_runs_by_creation on generation_runs (owner_id, created_at desc, run_id desc);
create index generation_runs_at_work on generation_runs (not_before) where status in ('queued', 'processing');

-- What conversations of a run are made of, as it was when the run was made.
create table generation_cells (
  run_id uuid not null,
  cell integer not null,
  owner_id uuid not null,
  -- A Scaffolding (features/training/content.ts).
  scaffolding jsonb not null,
  -- What the model is asked.
  prompt text not null,
  temperature double precision not null,
  -- Who the client is, whatever the model calls them.
  client_persona text not null,
  -- How many turns the arc has, of both sides together.
  least_turns integer not null,
  most_turns integer not null,
  primary key (run_id, cell),
  foreign key (run_id, owner_id) references generation_runs (run_id, owner_id) on delete cascade
);

-- One conversation of a run: its own place in the queue.
create table generation_calls (
  call_id uuid primary key,
  run_id uuid not null,
  owner_id uuid not null,
  position integer not null,
  cell integer not null,
  -- Known from the beginning: however often the call is begun, there is one conversation.
  conversation_id uuid not null unique,
  -- The most that one attempt can cost; 0 where prices are not known.
  most_cost numeric(14, 6) not null,
  status text not null default 'queued'
    check (status in ('queued', 'processing', 'raw_stored', 'completed', 'failed', 'cancelled')),
  -- How often the model was asked, and how often of that since a person last wished it.
  attempts integer not null default 0,
  tries integer not null default 0,
  not_before timestamptz not null,
  lease_id uuid,
  leased_until timestamptz,
  asked_at timestamptz,
  -- What the model answered, until its conversation has it: from here on the model is never asked again.
  answer text,
  finish_reason text,
  -- As the provider calls the one that answered.
  answered_by text,
  prompt_tokens integer,
  completion_tokens integer,
  cost numeric(14, 6),
  parse_method text check (parse_method in ('direct', 'jsonrepair')),
  failure_type text check (failure_type in ('truncation', 'parse_error', 'validation_error', 'api_error')),
  failure_reason text,
  ended_at timestamptz,
  foreign key (run_id, owner_id) references generation_runs (run_id, owner_id) on delete cascade,
  foreign key (run_id, cell) references generation_cells (run_id, cell) on delete cascade,
  check ((lease_id is null) = (leased_until is null))
);
create unique index generation_calls_in_order on generation_calls (run_id, position);
create index generation_calls_waiting on generation_calls (run_id, not_before) where status = 'queued';
create index generation_calls_answered on generation_calls (asked_at) where status = 'raw_stored' and lease_id is null;
create index generation_calls_leased on generation_calls (run_id) where lease_id is not null;
create index generation_calls_failed on generation_calls (owner_id, ended_at desc, call_id desc) where status = 'failed';

-- Row-level security.

alter table scaffolds enable row level security;
alter table scaffolds force row level security;
create policy owner_keeps on scaffolds to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
grant select, insert, update, delete on scaffolds to parlance_app;

alter table prompt_templates enable row level security;
alter table prompt_templates force row level security;
create policy owner_keeps on prompt_templates to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
grant select, insert, update, delete on prompt_templates to parlance_app;

alter table starter_sets enable row level security;
alter table starter_sets force row level security;
create policy owner_keeps on starter_sets to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
grant select, insert on starter_sets to parlance_app;

alter table generation_runs enable row level security;
alter table generation_runs force row level security;
create policy owner_keeps on generation_runs to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
create policy system_works on generation_runs to parlance_system using (true) with check (true);
grant select, insert, update on generation_runs to parlance_app;
grant select, update on generation_runs to parlance_system;

alter table generation_calls enable row level security;
alter table generation_calls force row level security;
create policy owner_keeps on generation_calls to parlance_app
  using (owner_id = (select app_user())) with check (owner_id = (select app_user()));
create policy system_works on generation_calls to parlance_system using (true) with check (true);
grant select, insert, update on generation_calls to parlance_app;
grant select, update on generation_calls to parlance_system;

alter table generation_cells enable row level security;
alter table generation_cells force row level security;
create policy owner_reads on generation_cells for select to parlance_app using (owner_id = (select app_user()));
create policy owner_adds on generation_cells for insert to parlance_app with check (owner_id = (select app_user()));
create policy system_reads on generation_cells for select to parlance_system using (true);
grant select, insert on generation_cells to parlance_app;
grant select on generation_cells to parlance_system;
