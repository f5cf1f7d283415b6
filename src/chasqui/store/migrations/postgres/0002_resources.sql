-- What numbers lives of names and logs: never the same number again, not even after a reset.
create sequence generation;
create sequence log_number;

-- Names are compared by their bytes, as SQLite compares them, whatever the database's own order is.
create table resource(
  owner text collate "C" not null, type text collate "C" not null, name text collate "C" not null,
  parent text collate "C", version bigint not null, generation bigint not null, document bytea not null,
  primary key(owner, type, name))
  with (fillfactor = 80);
create index resource_type on resource(type, owner, name);
create index resource_parent on resource(parent, type, owner, name) where parent is not null;

-- What was created, replaced or deleted, so that every node hears of it. The transaction that changes a resource leaves
-- its row without a revision; whoever sees such rows, all of them committed, numbers them with the head's next value
-- while holding the head. So numbers become visible in order, and no transaction waits for another one's commit.
-- source is the node that did it; at_ms is the database's clock when it was numbered.
create table change(
  id bigint generated always as identity primary key, revision bigint, at_ms bigint, source bigint not null,
  type text not null, owner text not null, name text not null)
  with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index change_revision on change(revision, id);

-- value: the last revision given. swept: the last one whose changes are no longer kept.
create table head(one integer primary key, value bigint not null, swept bigint not null) with (fillfactor = 20);
insert into head values (1, 0, 0);

-- Times in leases are the database's clock. fence counts the holders: what an earlier one still does is refused.
create table lease(
  name text primary key, holder bigint not null, fence bigint not null, until_ms bigint not null)
  with (fillfactor = 20);

create table log(id bigint primary key, first bigint not null, last bigint not null) with (fillfactor = 50);

-- The records of one append, packed. They are not compressed: it costs time, and what is secret does not shrink.
create table chunk(
  log bigint not null, last bigint not null, first bigint not null, data bytea not null, primary key(log, last))
  with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
alter table chunk alter column data set storage external;

-- Chunks whose last record comes before `before` go, in slices.
create table log_garbage(log bigint not null, before bigint not null, primary key(log, before));

create table blob(key text collate "C" primary key, size bigint not null, data bytea, file text);
alter table blob alter column data set storage external;

-- Files that no row names any more, and those that a row is about to name: they go when their time has come.
create table blob_garbage(file text primary key, after_ms bigint not null);
create index blob_garbage_due on blob_garbage(after_ms);

-- Large blobs where there is neither a shared folder nor an object store.
create table blob_piece(file text not null, number integer not null, data bytea not null, primary key(file, number));
alter table blob_piece alter column data set storage external;
