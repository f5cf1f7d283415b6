-- Which row names a file: asked for each file that a crash has left in staging/. Without it the answer is read out of all
-- blobs, their bytes included.
create index blob_by_file on blob(file) where file is not null;
