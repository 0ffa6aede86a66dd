-- Feeds that come from a region.

ALTER TABLE feed ADD COLUMN region text NOT NULL DEFAULT '';
COMMENT ON COLUMN feed.region IS 'Name of the region that fetches it for the town; empty for a feed of the town''s own';
