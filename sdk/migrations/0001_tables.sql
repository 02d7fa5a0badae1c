-- Everything that processes on one account share. Run by tsequence itself, once, under a lock; docs/postgres.md.

-- The audit trail: one row a line, in the order that decides which transfers fit. `line` is the very text whose hash
-- the next line carries; `bytes` takes its place for a line of others that is no UTF-8 text.
create table tsequence.trail (
  number bigint primary key check (number > 0),
  line text,
  bytes bytea,
  written_at timestamptz not null default clock_timestamp(),
  check (num_nonnulls(line, bytes) = 1),
  check (position(e'\n' in line) = 0),
  check (position('\x0a'::bytea in bytes) = 0)
);

create function tsequence.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'tsequence.trail is only ever appended to (% refused)', tg_op using errcode = 'insufficient_privilege';
end
$$;

create trigger append_only before update or delete or truncate on tsequence.trail
  for each statement execute function tsequence.refuse_change();
-- Also where a session pretends to be a replica.
alter table tsequence.trail enable always trigger append_only;

-- The newest line of ours, and whether the trail was carried elsewhere since.
create table tsequence.trail_head (
  id boolean primary key default true check (id),
  seq bigint not null,
  hash text not null,
  moved_at timestamptz
);

-- Processes with transfers under way: a number that goes up while they live.
create table tsequence.owners (
  id text primary key,
  beats bigint not null default 0,
  beaten_at timestamptz not null default clock_timestamp()
);

-- Who does alone what only one may do at a time (`turn`: a request to the service; `login`: getting a token), and
-- when the next request may go out. All by this database's clock.
create table tsequence.leases (
  name text primary key,
  holder text,
  held_until timestamptz not null default 'epoch',
  not_before timestamptz not null default 'epoch'
);

-- The contents of .tokens.json and .login.json.
create table tsequence.login (
  name text primary key check (name in ('tokens', 'state')),
  content text not null
);

-- Answers of the REST server, for requests that come again under the same Idempotency-Key.
create table tsequence.answers (
  request_id text primary key,
  kept_at timestamptz not null default clock_timestamp(),
  answer text not null
);
