-- Alembic's own table: its name, its constraint's name, its column, but wide enough for any id.
CREATE TABLE IF NOT EXISTS :"version_schema".:"version_table" (
    version_num pg_catalog."varchar"(255) NOT NULL,
    CONSTRAINT :"version_constraint" PRIMARY KEY (version_num)
);
