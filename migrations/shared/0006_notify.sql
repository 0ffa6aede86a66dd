-- Push messages: the deployment's key (VAPID, RFC 8292), and which towns have something to send.

CREATE TABLE vapid_key (
    id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    public_key text NOT NULL,
    private_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE vapid_key IS 'One for ever: browsers bind every subscription to it';
COMMENT ON COLUMN vapid_key.private_key IS 'Sealed with the deployment''s secret';

CREATE TABLE notify_due (
    tenant text PRIMARY KEY REFERENCES tenant (slug) ON DELETE CASCADE ON UPDATE CASCADE,
    due_at timestamptz NOT NULL
);
COMMENT ON TABLE notify_due IS 'When a town''s deliveries are to be looked at next; the tick asks this and no town';
