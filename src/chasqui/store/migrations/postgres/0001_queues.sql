-- How indexes are chosen. The planner believes its statistics, and those of a queue's tables are always of another
-- moment: a plan made while a table was nearly empty would walk a whole index when it is full. So a statement names the
-- index that it means, by how it spells the key: `incarnation` is the primary key's spelling, `incarnation + 1`,
-- `+ 2` and `+ 3` are those of the other indexes (and `seq + 1` of the same), and a column that an index has but that is
-- not to be looked up by it is written `expires + 0`. Joins with a primary key are spelt `= any(array[x])`, which keeps
-- the planner from walking the key in its order. A test looks at the plan of every statement.

-- What numbers lives of queues and messages: never the same number again, not even after a reset. A node takes the
-- numbers of standard messages by the block; a batch of FIFO messages draws its block when it holds its groups' locks.
create sequence queue_number;
create sequence incarnation_number;
create sequence message_block;
create sequence fifo_block;
create sequence group_number;
create sequence job_number;

-- Rows of messages carry the incarnation, not the queue: a purge gives the queue another one and leaves the old rows
-- to the sweeper. Nothing that happens every second changes this table.
create table queue(id bigint primary key, incarnation bigint not null, ordered boolean not null);
create unique index queue_incarnation on queue(incarnation);

-- How many messages a queue has: the sum of its rows. Each lane of each node has a row of its own, so that none waits
-- for another, and begins a new one every few seconds: an old snapshot keeps every version of a row that is updated,
-- and whoever updates it next has to pass them all. The sweeper adds finished rows to row 0.
create table tally(incarnation bigint not null, slot bigint not null, total bigint not null, primary key(incarnation, slot))
  with (fillfactor = 25, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0);

-- tenant is a hash of group_name, 0 for none.
create table message(
  incarnation bigint not null, seq bigint not null, visible_at bigint not null, expires bigint not null,
  sent_at bigint not null, first_received_at bigint, tenant bigint not null, receives integer not null default 0,
  id bytea not null, group_name text, origin text, payload bytea not null, primary key(incarnation, seq))
  with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_insert_scale_factor = 0.5);
alter table message alter column payload set storage external;
create index message_due on message((incarnation + 1), visible_at, (seq + 1));
create index message_tenant on message((incarnation + 2), tenant, visible_at, (seq + 2)) where tenant <> 0;
create index message_expiry on message((incarnation + 3), expires);

-- The lock of a group: it is claimable from ready_at on. While messages of it are in flight that is when the last of
-- them is due, and flying is how many they are, -1 when they come back at different times. number orders groups that
-- are ready at the same time by their age.
create table grp(
  incarnation bigint not null, name text collate "C" not null, ready_at bigint not null, flying integer not null default 0,
  number bigint not null, primary key(incarnation, name))
  with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0);
create index grp_ready on grp((incarnation + 1), ready_at, number);

-- No index knows of visible_at and receives, so a claim leaves the indexes as they are. delayed_until is the first
-- visible_at of a message that was sent with a delay, and never changes.
create table fifo(
  incarnation bigint not null, seq bigint not null, name text collate "C" not null, visible_at bigint not null,
  expires bigint not null, sent_at bigint not null, first_received_at bigint, delayed_until bigint,
  receives integer not null default 0, id bytea not null, origin text, payload bytea not null,
  primary key(incarnation, seq))
  with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_insert_scale_factor = 0.5);
alter table fifo alter column payload set storage external;
create index fifo_group on fifo((incarnation + 1), name, (seq + 1));
create index fifo_delayed on fifo((incarnation + 2), delayed_until) where delayed_until is not null;
create index fifo_expiry on fifo((incarnation + 3), expires);

create table dedup(
  queue bigint not null, key bytea not null, until bigint not null, seq bigint not null, id bytea not null,
  primary key(queue, key))
  with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_insert_scale_factor = 0.5);
create index dedup_until on dedup((queue + 1), until);

-- claimed is the packed list of (seq, receives) that a claim with this attempt's name gave out.
create table attempt(
  queue bigint not null, key text collate "C" not null, until bigint not null, claimed bytea not null,
  primary key(queue, key));
create index attempt_until on attempt((queue + 1), until);

-- What the sweeper still has to do: see sweeper.py for the kinds and their cursors. A job that only deletes is looked
-- at once more after not_before, for what a statement that had begun earlier may have brought in behind it.
create table job(
  id bigint primary key, kind text not null, target bigint not null, argument bigint not null default 0,
  cursor bigint not null default 0, not_before bigint not null default 0);
create unique index job_retention on job(target) where kind = 'retention';
