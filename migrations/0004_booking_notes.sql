-- revision: 0004_booking_notes
-- down_revision: 0003_bookings
-- message: remarks on a booking

-- migrated:up
CREATE TABLE booking_notes (
    booking_id bigint PRIMARY KEY REFERENCES bookings (id) ON DELETE CASCADE,
    note       text NOT NULL
);

-- migrated:down
DROP TABLE booking_notes;
