-- revision: 0011_merge_payments_and_reviews
-- down_revision: 0008_refunds, 0010_offer_ratings
-- message: one head again

-- A merge point has several parents and, most often, nothing to do: `migrated merge` writes it. Applying it replaces two
-- version rows by one; downgrading below it brings the two back.

-- migrated:up

-- migrated:down
