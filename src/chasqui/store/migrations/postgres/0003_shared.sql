-- What several messages have in common, stored once. It goes when no message refers to it any more.
create table shared(id bigint primary key, data bytea not null)
  with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
alter table shared alter column data set storage external;
alter table message add column shared bigint;
alter table fifo add column shared bigint;
create index message_shared on message(shared) where shared is not null;
create index fifo_shared on fifo(shared) where shared is not null;

-- Whatever deletes a message that refers to one notes it here, in the same transaction: the last of them is seen only
-- when all the messages are gone. So nobody counts references, which all who settle would wait for, and nothing has to
-- be searched for what nobody refers to.
create table shared_garbage(
  shared bigint not null, incarnation bigint not null, seq bigint not null, primary key(shared, incarnation, seq))
  with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
