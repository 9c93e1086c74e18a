-- revision: 0003_bookings
-- down_revision: 0002_offers
-- message: who booked what, and when

-- migrated:up
CREATE TYPE booking_state AS ENUM ('requested', 'confirmed', 'cancelled');

CREATE TABLE bookings (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id),
    offer_id    bigint NOT NULL REFERENCES offers (id),
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    state       booking_state NOT NULL DEFAULT 'requested',
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bookings_end_after_start CHECK (ends_at > starts_at)
);

-- PostgreSQL indexes the referenced side of a foreign key, not this one. The table is new and empty, so that nobody
-- waits for this; on a table in use it would be CREATE INDEX CONCURRENTLY, in a revision of its own.
CREATE INDEX bookings_customer_id_idx ON bookings (customer_id);
CREATE INDEX bookings_offer_id_idx ON bookings (offer_id);

-- migrated:down
DROP TABLE bookings;
-- Types outlive the tables that use them; a down section that forgets this makes the next upgrade fail.
DROP TYPE booking_state;
