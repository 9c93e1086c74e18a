-- revision: 0013_copy_booking_notes
-- down_revision: 0012_bookings_note
-- message: copy the notes into the bookings
-- phase: data

-- migrated:up

-- Notes that the new application has already written into the booking are newer: they stay.
UPDATE bookings b
   SET note = n.note
  FROM booking_notes n
 WHERE n.booking_id = b.id
   AND b.note IS NULL;

-- migrated:down

-- What was written to the new place since then goes back to the old one, so that 0012's down loses nothing.
INSERT INTO booking_notes (booking_id, note)
SELECT id, note FROM bookings WHERE note IS NOT NULL
    ON CONFLICT (booking_id) DO UPDATE SET note = EXCLUDED.note;

UPDATE bookings SET note = NULL WHERE note IS NOT NULL;
