-- Outlines of municipalities, as `village register boundaries` loads them; while empty, circles stand in.

CREATE TABLE boundary (
    ags text PRIMARY KEY,
    as_of integer NOT NULL,
    shape bytea NOT NULL
);
COMMENT ON COLUMN boundary.as_of IS 'Year of the survey';
COMMENT ON COLUMN boundary.shape IS 'WKB (OGC 06-103r4), WGS 84, longitude first; land only';

-- How the towns' own feeds are, as the last survey of all towns found them: for the operator's page and the metrics.

CREATE TABLE feed_state (
    tenant text NOT NULL REFERENCES tenant (slug) ON DELETE CASCADE ON UPDATE CASCADE,
    feed text NOT NULL,
    title text NOT NULL DEFAULT '',
    connector text NOT NULL,
    url text NOT NULL DEFAULT '',
    state text NOT NULL,
    problem text NOT NULL DEFAULT '',
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    succeeded_at timestamptz,
    next_at timestamptz,
    items integer NOT NULL DEFAULT 0,
    bytes_saved bigint NOT NULL DEFAULT 0,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, feed)
);
COMMENT ON COLUMN feed_state.state IS 'works, failed, held, new or off';
