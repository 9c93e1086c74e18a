-- revision: 0002_offers
-- down_revision: 0001_customers
-- message: what can be booked

-- migrated:up
CREATE TABLE offers (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    duration    interval NOT NULL CHECK (duration > interval '0'),
    price_cents integer NOT NULL CHECK (price_cents >= 0),
    active      boolean NOT NULL DEFAULT true
);

COMMENT ON COLUMN offers.price_cents IS 'gross; whole cents, as sums of floats do not add up';

-- Rows that the application can't do without belong to the schema; test data does not.
INSERT INTO offers (name, duration, price_cents) VALUES
    ('Consultation', '30 minutes', 0),
    ('Massage', '1 hour', 6500);

-- migrated:down
DROP TABLE offers;
