#include "alembic_project.h"

#include "base/text.h"

#include <stddef.h>

void alembic_project_create(struct folder *folder)
{
    folder_write(folder, "alembic.ini", "[alembic]\nscript_location = %(here)s/alembic\n");
    folder_write(
        folder, "alembic/script.py.mako",
        "\"\"\"${message}\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\nrevision = ${repr(up_revision)}\n"
        "down_revision = ${repr(down_revision)}\nbranch_labels = depends_on = None\n"
        "def upgrade():\n    ${upgrades if upgrades else 'pass'}\n"
        "def downgrade():\n    ${downgrades if downgrades else 'pass'}\n");
    folder_write(folder, "alembic/env.py",
                 "import os, sqlalchemy\nfrom alembic import context\nprint('the project', flush=True)\n"
                 "with sqlalchemy.create_engine(os.environ['DATABASE_URL']).connect() as connection:\n"
                 "    context.configure(connection=connection, target_metadata=sqlalchemy.MetaData())\n"
                 "    with context.begin_transaction():\n        context.run_migrations()\n");
}

void alembic_project_revision(struct folder *folder, const char *id, const char *parent, const char *sql)
{
    struct text file = {0}, name = {0};
    text_addf(&name, "alembic/versions/%s.py", id);
    text_addf(&file, "\"\"\"make %s\"\"\"\nfrom alembic import op\nrevision = '%s'\n", id, id);
    if (parent == NULL)
        text_add(&file, "down_revision = None\n");
    else
        text_addf(&file, "down_revision = '%s'\n", parent);
    text_addf(&file,
              "branch_labels = depends_on = None\ndef upgrade():\n    op.execute(\"\"\"%s\"\"\")\n"
              "def downgrade():\n    pass\n",
              sql);
    folder_write(folder, text_string(&name), text_string(&file));
    text_finish(&name);
    text_finish(&file);
}

char *alembic_project_upgrade(struct folder *folder)
{
    struct text command = {0};
    text_addf(&command, "alembic -c %s upgrade heads", folder_file(folder, "alembic.ini"));
    return command.bytes;
}
