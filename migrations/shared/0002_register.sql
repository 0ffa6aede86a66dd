-- The official register of municipalities as imported (GV100AD); while it is empty the bundled one answers.

CREATE TABLE municipality (
    ags text PRIMARY KEY,
    ars text NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    district text NOT NULL,
    population integer NOT NULL,
    area_ha integer NOT NULL,
    postcode text NOT NULL DEFAULT '',
    lat double precision,
    lon double precision
);
CREATE INDEX municipality_ars ON municipality (ars);
