#include "django_project.h"

#include "base/text.h"
#include "support/fail.h"

#include <stddef.h>

#define PYTHON "/usr/bin/python3"

void django_project_create(struct folder *folder)
{
    folder_write(folder, "manage.py",
                 "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf')\n"
                 "from django.core.management import execute_from_command_line\n"
                 "execute_from_command_line(sys.argv)\n");
    folder_write(folder, "conf.py",
                 "import os, urllib.parse\nSECRET_KEY = 'x'\nINSTALLED_APPS = ['people.apps.PeopleConfig', 'shop']\n"
                 "url = urllib.parse.urlparse(os.environ.get('DATABASE_URL', ''))\n"
                 "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': url.path[1:],\n"
                 "                         'HOST': url.hostname, 'PORT': url.port, 'USER': url.username}}\n");
    folder_write(folder, "people/__init__.py", "");
    folder_write(folder, "people/apps.py",
                 "from django.apps import AppConfig\nclass PeopleConfig(AppConfig):\n    name = 'people'\n"
                 "    label = 'folk'\n");
    folder_write(folder, "people/migrations/__init__.py", "");
    folder_write(folder, "shop/__init__.py", "");
    folder_write(folder, "shop/migrations/__init__.py", "");
}

void django_project_migration(struct folder *folder, const char *app, const char *name, const char *body)
{
    struct text file = {0}, path = {0};
    text_addf(&path, "%s/migrations/%s.py", app, name);
    text_addf(&file,
              "from django.conf import settings\nfrom django.db import migrations\n\n\n"
              "class Migration(migrations.Migration):\n%s",
              body);
    folder_write(folder, text_string(&path), text_string(&file));
    text_finish(&path);
    text_finish(&file);
}

char *django_project_command(struct folder *folder, const char *arguments)
{
    struct text command = {0};
    text_addf(&command, PYTHON " -B %s %s", folder_file(folder, "manage.py"), arguments);
    return command.bytes;
}

void django_project_manage(struct site *site, const char *command, const char *app, const char *name)
{
    struct program_options options = site->options;
    struct text variable = {0};
    const char *environment[16] = {NULL};
    size_t count = 0;
    for (; options.environment[count] != NULL; count++)
        environment[count] = options.environment[count];
    text_addf(&variable, "DATABASE_URL=postgresql://%s@%s:%s/%s", PQuser(site->conn), PQhost(site->conn),
              PQport(site->conn), PQdb(site->conn));
    environment[count] = text_string(&variable);
    options.environment = environment;
    options.path = PYTHON;
    program_result_finish(&site->result);
    program_run(&site->result, &options, SITE_DEADLINE_MS, "-B", folder_file(site->folder, "manage.py"), command, app,
                name, NULL);
    if (site->result.status != 0)
        support_fail("manage.py %s: %s", command, site->result.err);
    text_finish(&variable);
}
