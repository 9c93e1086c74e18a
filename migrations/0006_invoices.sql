-- revision: 0006_invoices
-- down_revision: 0005_no_overlaps
-- message: invoices for bookings
-- labels: payments

-- Here the history forks: one team went on with payments, another with reviews (0009). `migrated branches` shows the
-- fork, and `payments@head` is a name for the tip of this side.

-- migrated:up
CREATE TABLE invoices (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    booking_id  bigint NOT NULL UNIQUE REFERENCES bookings (id),
    total_cents integer NOT NULL CHECK (total_cents >= 0),
    issued_at   timestamptz NOT NULL DEFAULT now(),
    due_on      date NOT NULL
);

CREATE INDEX invoices_due_on_idx ON invoices (due_on);

-- migrated:down
DROP TABLE invoices;
