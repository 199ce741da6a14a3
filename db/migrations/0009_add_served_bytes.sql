-- What left the server by signed links, for each person and day of UTC. What S3 or a proxy sends is not counted: nobody tells us.

create table training_served (
  owner_id uuid not null references users on delete cascade,
  day date not null,
  bytes bigint not null,
  primary key (owner_id, day)
);

alter table training_served enable row level security;
alter table training_served force row level security;
create policy owner_reads on training_served for select to parlance_app using (owner_id = (select app_user()));
create policy system_counts on training_served to parlance_system using (true) with check (true);
grant select on training_served to parlance_app;
grant select, insert, update on training_served to parlance_system;
