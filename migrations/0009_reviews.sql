-- revision: 0009_reviews
-- down_revision: 0005_no_overlaps
-- message: what customers think
-- labels: reviews
-- depends_on: 0007_payments

-- The other side of the fork. Only a paid booking can be reviewed, so the table refers to payments: depends_on has that
-- revision applied first, without making it a parent.

-- migrated:up
CREATE TABLE reviews (
    payment_id bigint PRIMARY KEY REFERENCES payments (id),
    stars      smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
    comment    text NOT NULL DEFAULT '',
    written_at timestamptz NOT NULL DEFAULT now()
);

-- migrated:down
DROP TABLE reviews;
