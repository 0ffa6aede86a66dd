-- The same event from two sources: the row that is not shown names the one that is.
ALTER TABLE event ADD COLUMN duplicate_of bigint;
