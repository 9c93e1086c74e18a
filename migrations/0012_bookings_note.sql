-- revision: 0012_bookings_note
-- down_revision: 0011_merge_payments_and_reviews
-- message: room for the note in the booking itself
-- lock_timeout: 2s

-- Moving the notes takes three revisions, so that the application of yesterday runs beside each: expand (this one), data
-- (0013), contract (0014). A new column without a default rewrites nothing, but it needs the table to itself for a
-- moment; behind a long query it gives up after two seconds instead of making everybody wait.

-- migrated:up
ALTER TABLE bookings ADD COLUMN note text;

-- migrated:down
ALTER TABLE bookings DROP COLUMN note;
