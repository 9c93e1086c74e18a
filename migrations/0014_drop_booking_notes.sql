-- revision: 0014_drop_booking_notes
-- down_revision: 0013_copy_booking_notes
-- message: the old place of the notes goes away
-- phase: contract
-- data_loss: 0013 copied every note to bookings.note, and the application has read only that since

-- migrated:up
DROP TABLE booking_notes;

-- migrated:down
CREATE TABLE booking_notes (
    booking_id bigint PRIMARY KEY REFERENCES bookings (id) ON DELETE CASCADE,
    note       text NOT NULL
);

INSERT INTO booking_notes (booking_id, note)
SELECT id, note FROM bookings WHERE note IS NOT NULL;
