-- revision: 0010_offer_ratings
-- down_revision: 0009_reviews
-- message: stars of an offer, for its page

-- migrated:up
CREATE VIEW offer_ratings AS
SELECT o.id AS offer_id,
       count(*) AS reviews,
       round(avg(r.stars), 1) AS stars
  FROM offers o
  JOIN bookings b ON b.offer_id = o.id
  JOIN invoices i ON i.booking_id = b.id
  JOIN payments p ON p.invoice_id = i.id
  JOIN reviews r ON r.payment_id = p.id
 GROUP BY o.id;

-- migrated:down
DROP VIEW offer_ratings;
