-- revision: 0001_customers
-- down_revision: none
-- message: people who book

-- A booking application's database, as an example that `make run` serves. Each file is one revision; its headers say
-- where it belongs, its two sections how to get there and back.

-- migrated:up
CREATE TABLE customers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email      text NOT NULL,
    full_name  text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT customers_email_has_at CHECK (email LIKE '%_@_%')
);

-- One account an address, however it is typed.
CREATE UNIQUE INDEX customers_email_key ON customers (lower(email));

-- migrated:down
DROP TABLE customers;
