-- revision: 0008_refunds
-- down_revision: 0007_payments
-- message: money that went back, and what is still owed

-- migrated:up
CREATE TABLE refunds (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payment_id   bigint NOT NULL REFERENCES payments (id),
    amount_cents integer NOT NULL CHECK (amount_cents > 0),
    reason       text NOT NULL,
    refunded_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX refunds_payment_id_idx ON refunds (payment_id);

CREATE VIEW invoice_balances AS
SELECT i.id AS invoice_id,
       i.total_cents - coalesce(paid.cents, 0) AS open_cents
  FROM invoices i
  LEFT JOIN LATERAL (
       SELECT sum(p.amount_cents - coalesce(r.cents, 0)) AS cents
         FROM payments p
         LEFT JOIN LATERAL (
              SELECT sum(amount_cents) AS cents FROM refunds WHERE payment_id = p.id
         ) r ON true
        WHERE p.invoice_id = i.id
  ) paid ON true;

-- migrated:down
DROP VIEW invoice_balances;
DROP TABLE refunds;
