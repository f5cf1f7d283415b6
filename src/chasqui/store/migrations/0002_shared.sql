-- Bytes that several messages have in common, and how many messages refer to them: apart, because a row that is changed
-- is read to its end. Their ids are of the counter that numbers messages.
create table shared(id integer primary key, data blob not null);
create table sharing(id integer primary key, refs integer not null);

-- Null takes no bytes and is read from a record's head, so that what shares nothing costs nothing, however long it is.
alter table message add column shared integer;
alter table fifo add column shared integer;
