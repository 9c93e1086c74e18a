-- revision: 0007_payments
-- down_revision: 0006_invoices
-- message: money that came in

-- migrated:up
CREATE TABLE payments (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_id   bigint NOT NULL REFERENCES invoices (id),
    amount_cents integer NOT NULL CHECK (amount_cents > 0),
    method       text NOT NULL CHECK (method IN ('card', 'transfer', 'cash')),
    provider_ref text UNIQUE,
    received_at  timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN payments.provider_ref IS 'the provider''s id of the event; unique, so that one delivered twice counts once';

CREATE INDEX payments_invoice_id_idx ON payments (invoice_id);

-- migrated:down
DROP TABLE payments;
