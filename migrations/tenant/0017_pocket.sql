-- What was sent twice acts once; disruptions of buses and trains are told at the stops that somebody chose.

CREATE TABLE sent_form (
    key_hash text PRIMARY KEY,
    fingerprint text NOT NULL,
    answer text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sent_form IS 'Requests with an Idempotency-Key that were committed, for a day';
COMMENT ON COLUMN sent_form.key_hash IS 'SHA-256 of who sent it, method, address and key';
COMMENT ON COLUMN sent_form.fingerprint IS 'SHA-256 of what was sent; empty for a form with files';
COMMENT ON COLUMN sent_form.answer IS 'Sealed with a key that is derived from the request''s own, which is not kept';

ALTER TABLE subscriber ADD COLUMN stops text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN subscriber.stops IS 'Keys of stops; disruptions elsewhere are not told. Empty: all of the town';
ALTER TABLE announcement ADD COLUMN stops text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN announcement.stops IS 'Keys of the stops that it concerns; empty: no stop in particular';
