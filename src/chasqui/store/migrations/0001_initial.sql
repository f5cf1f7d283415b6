-- Counters that never go back: what they number is never numbered the same again, not even after a reset.
create table counter(name text primary key, value integer not null) without rowid;
insert into counter values ('message', 1), ('queue', 1), ('log', 1), ('incarnation', 1), ('generation', 1);

create table resource(
  type text not null, owner text not null, name text not null, parent text, version integer not null,
  generation integer not null, document blob not null, primary key(type, owner, name)) without rowid;
create index resource_parent on resource(type, parent, owner, name) where parent is not null;

-- Rows of messages carry the incarnation, not the queue: a purge gives the queue another one and leaves the old rows
-- to the sweeper. retention_ms is the longest that any of its messages was given.
create table queue(
  id integer primary key, ordered integer not null, incarnation integer not null, total integer not null,
  retention_ms integer not null);
create unique index queue_incarnation on queue(incarnation);

-- How many messages become visible in which slot of time.
create table hidden(
  queue integer not null, slot integer not null, delayed integer not null, in_flight integer not null,
  primary key(queue, slot)) without rowid;

-- receives is stored plus 2 and first_received_at holds a large number until there is one: 0 and 1 take no bytes, and a
-- row that grows with its first claim has to rewrite its overflow pages. tenant is a hash of group_name, 0 for none.
create table message(
  seq integer primary key, incarnation integer not null, visible_at integer not null, receives integer not null,
  expires integer not null, sent_at integer not null, first_received_at integer not null, tenant integer not null,
  id blob not null, group_name text, origin text, payload blob not null);
create index message_due on message(incarnation, visible_at, seq, tenant);
create index message_tenant on message(incarnation, tenant, visible_at) where tenant <> 0;
create index message_expiry on message(expires);

-- A group is claimable from ready_at on; while one of its messages is in flight that is when the last of them is due.
create table grp(
  gid integer primary key, incarnation integer not null, name text not null, ready_at integer not null,
  unique(incarnation, name));
create index grp_ready on grp(incarnation, ready_at);
create table fifo(
  seq integer primary key, gid integer not null, visible_at integer not null, receives integer not null,
  expires integer not null, sent_at integer not null, first_received_at integer not null, id blob not null,
  origin text, payload blob not null);
create index fifo_group on fifo(gid, seq);
create index fifo_received on fifo(gid, visible_at) where receives > 2;
create index fifo_expiry on fifo(expires);

-- bucket is the five minutes in which the row was written: whole buckets are purged.
create table dedup(
  bucket integer not null, queue integer not null, key blob not null, until integer not null, seq integer not null,
  id blob not null, primary key(bucket, queue, key)) without rowid;
create table attempt(
  bucket integer not null, queue integer not null, key text not null, until integer not null, claimed blob not null,
  primary key(bucket, queue, key)) without rowid;

create table log(id integer primary key, first integer not null, last integer not null);
create table chunk(
  id integer primary key, log integer not null, last integer not null, first integer not null, data blob not null,
  unique(log, last));

create table blob(key text primary key, size integer not null, data blob, file text);
create table blob_garbage(file text primary key) without rowid;

-- What the sweeper still has to do, oldest first: see sweeper.py for the kinds and their cursors.
create table job(
  id integer primary key, kind text not null, target integer not null, argument integer not null default 0,
  cursor integer not null default 0, cursor_more integer not null default 0);
