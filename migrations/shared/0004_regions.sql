-- Feeds of regions: what their last run said, when they are due, and how far each town has got what they brought.

CREATE TABLE region_feed (
    region text NOT NULL,
    name text NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    claimed_until timestamptz,
    definition_hash text NOT NULL DEFAULT '',
    switched_off boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 0,
    etag text NOT NULL DEFAULT '',
    last_modified text NOT NULL DEFAULT '',
    body_hash text NOT NULL DEFAULT '',
    hold boolean NOT NULL DEFAULT false,
    status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'ok', 'unchanged', 'failed')),
    problem_code text NOT NULL DEFAULT '',
    problem text NOT NULL DEFAULT '',
    problems jsonb NOT NULL DEFAULT '[]',
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    told_at timestamptz,
    attempted_at timestamptz,
    succeeded_at timestamptz,
    changed_at timestamptz,
    full_fetch_at timestamptz,
    items_new integer NOT NULL DEFAULT 0,
    items_changed integer NOT NULL DEFAULT 0,
    items_unchanged integer NOT NULL DEFAULT 0,
    items_gone integer NOT NULL DEFAULT 0,
    bytes_saved bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (region, name)
);
CREATE INDEX region_feed_due ON region_feed (due_at);
COMMENT ON COLUMN region_feed.definition_hash IS 'Of the feed in its file: another address or reading starts afresh';
COMMENT ON COLUMN region_feed.switched_off IS 'Taken out of its file, switched off there, or gone for good at its source';
COMMENT ON COLUMN region_feed.problems IS 'Items of the last run that could not be taken: [{"id": …, "reason": …}]';
COMMENT ON COLUMN region_feed.told_at IS 'When the operators were told that it is down; null once they know it is back';

CREATE TABLE region_delivery (
    region text NOT NULL,
    feed text NOT NULL,
    tenant text NOT NULL REFERENCES tenant (slug) ON DELETE CASCADE ON UPDATE CASCADE,
    version bigint NOT NULL DEFAULT 0,
    switched_off boolean NOT NULL DEFAULT false,
    claimed_until timestamptz,
    delivered_at timestamptz,
    PRIMARY KEY (region, feed, tenant)
);
CREATE INDEX region_delivery_tenant ON region_delivery (tenant);
COMMENT ON COLUMN region_delivery.switched_off IS 'The town does not want this feed; nothing is delivered until it does again';
COMMENT ON COLUMN region_delivery.version IS 'The town has everything up to this run; written after the town''s own transaction';
