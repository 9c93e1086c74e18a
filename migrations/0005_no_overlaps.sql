-- revision: 0005_no_overlaps
-- down_revision: 0004_booking_notes
-- message: the offer's duration sets a booking's end, and no two confirmed bookings of an offer overlap

-- migrated:up

-- The semicolons between the dollar quotes are the function's: a revision is never cut at them.
CREATE FUNCTION booking_set_end() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF NEW.ends_at IS NULL THEN
        SELECT NEW.starts_at + o.duration INTO STRICT NEW.ends_at
          FROM offers o
         WHERE o.id = NEW.offer_id;
    END IF;
    RETURN NEW;
END;
$function$;

CREATE TRIGGER bookings_set_end BEFORE INSERT OR UPDATE ON bookings
    FOR EACH ROW EXECUTE FUNCTION booking_set_end();

-- A trigger that looks for overlaps would miss a booking that another session has not committed yet; an exclusion
-- constraint does not. The one-element range stands in for `=`, which GiST has only with the extension btree_gist.
ALTER TABLE bookings ADD CONSTRAINT bookings_no_overlap EXCLUDE USING gist (
    int8range(offer_id, offer_id, '[]') WITH &&,
    tstzrange(starts_at, ends_at) WITH &&
) WHERE (state = 'confirmed');

-- migrated:down
ALTER TABLE bookings DROP CONSTRAINT bookings_no_overlap;
DROP TRIGGER bookings_set_end ON bookings;
DROP FUNCTION booking_set_end();
