-- What the town says of services and offices instead of their source.
-- A row has what is shown. Where the town says something else, `own` has its words and `told` the row as the source has
-- it, so that one step leads back; a sync renews `told` and what the town left alone.
ALTER TABLE office
    ADD COLUMN own jsonb,
    ADD COLUMN told jsonb,
    ADD COLUMN corrected_at timestamptz;
ALTER TABLE service
    ADD COLUMN own jsonb,
    ADD COLUMN told jsonb,
    ADD COLUMN corrected_at timestamptz;
