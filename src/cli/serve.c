/* serve.c - limn-cli serve.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "serve/daemon.h"

#define WEBUI_PORT 7860

/* As given, the command line's bytes; NULL where absent. */
typedef struct {
  char *model, *port, *token, *token_file, *pictures, *like, *device;
  char **origins;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->model);
  g_free (options->port);
  g_free (options->token);
  g_free (options->token_file);
  g_free (options->pictures);
  g_free (options->like);
  g_free (options->device);
  g_strfreev (options->origins);
}

static int
parse (Options *options, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &options->model,
      N_ ("model to paint with until another is asked for (the starter)"), N_ ("PATH") },
    { "port", 0, 0, G_OPTION_ARG_FILENAME, &options->port, N_ ("where to listen; 0: any that is free (7860)"), "N" },
    { "token", 0, 0, G_OPTION_ARG_FILENAME, &options->token, N_ ("what a program has to know to be answered (nothing)"),
      N_ ("TEXT") },
    { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &options->token_file, N_ ("the same, read from a file's first line"),
      N_ ("FILE") },
    { "pictures", 0, 0, G_OPTION_ARG_FILENAME, &options->pictures, N_ ("folder of the pictures (as the window's)"),
      N_ ("PATH") },
    { "like", 0, 0, G_OPTION_ARG_FILENAME, &options->like,
      N_ ("whose noise and prompts: see --like of generate (limn)"), N_ ("NAME") },
    { "allow-origin", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->origins,
      N_ ("a web page that may ask; as often as there are some (none)"), "URL" },
    { "device", 0, 0, G_OPTION_ARG_FILENAME, &options->device, N_ ("number from \"limn-cli devices\" (the best)"),
      "N" },
    { NULL },
  };

  return limn_cli_parse (argc, argv, entries, NULL,
                         _ ("Lets other programs on this computer paint, as they do with Stable Diffusion web UI's API "
                            "(/sdapi/v1), until Ctrl+C."),
                         NULL);
}

static int
read_token (Options *options)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (options->token_file == NULL)
    return 0;
  if (options->token != NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--token and --token-file cannot be used together"));
  if (!g_file_get_contents (options->token_file, &text, NULL, &error))
    return limn_cli_fail_error (error);
  options->token = g_strndup (text, strcspn (text, "\r\n"));
  if (options->token[0] == '\0')
    return limn_cli_fail (LIMN_EXIT_ERROR, _ ("%s: expected a token in its first line, found none"),
                          options->token_file);
  return 0;
}

static int
read_like (const char *text, const char **like)
{
  const LimnField *field = limn_field_find ("like");
  const LimnChoice *choice = text != NULL ? limn_field_choice (field, text) : NULL;
  g_autofree char *known = limn_choice_list (field->table);

  if (text != NULL && choice == NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--%s takes one of %s, not \"%s\""), field->name, known, text);
  *like = choice != NULL ? choice->name : NULL;
  return 0;
}

/* Before anything listens. */
static int
check_model (const char *path)
{
  g_autoptr (GError) error = NULL;
  LimnModel *model = limn_cli_open_model (path, NULL, &error);

  if (model == NULL)
    return limn_cli_fail_error (error);
  limn_model_unref (model);
  return 0;
}

static void
listening_cb (const char *address)
{
  g_print (_ ("Limn serves at %s\n"), address);
  fflush (stdout);
}

static void
answered_cb (const char *line)
{
  g_printerr ("%s\n", line);
}

static int
serve (Options *options)
{
  LimnDaemon daemon = { .listening = listening_cb, .answered = answered_cb };
  double port = WEBUI_PORT, device = -1;
  g_autofree char *model = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  if ((status = read_token (options)) != 0
      || (status = limn_cli_read_number ("port", options->port, TRUE, 0, 65535, &port)) != 0
      || (status = limn_cli_read_number ("device", options->device, TRUE, 0, 255, &device)) != 0
      || (status = read_like (options->like, &daemon.like)) != 0 || (status = check_model (options->model)) != 0)
    return status;
  model = options->model != NULL ? g_canonicalize_filename (options->model, NULL) : NULL;
  daemon.model = model;
  daemon.token = options->token;
  daemon.pictures = options->pictures;
  daemon.origins = (const char *const *) options->origins;
  daemon.port = (guint) port;
  daemon.device = (int) device;
  if (options->token == NULL)
    g_printerr (_ ("Whoever has an account on this computer can ask; --token has them know one.\n"));
  return limn_daemon_run (&daemon, &error) ? 0 : limn_cli_fail_error (error);
}

int
limn_cli_serve (int argc, char **argv)
{
  Options options = { 0 };
  int status = parse (&options, argc, argv);

  if (status == 0)
    status = serve (&options);
  options_clear (&options);
  return status;
}
