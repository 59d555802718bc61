/* common.c - see cli.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"

int
limn_cli_fail (int status, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_printerr ("limn-cli: %s\n", message);
  return status;
}

int
limn_cli_fail_error (const GError *error)
{
  if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_CANCELLED))
    return limn_cli_fail (LIMN_EXIT_CANCELLED, _ ("cancelled"));
  return limn_cli_fail (LIMN_EXIT_ERROR, "%s", error->message);
}

/* How many words usage has. */
static int
count_words (const char *usage)
{
  g_auto (GStrv) words = g_strsplit (usage, " ", -1);

  return (int) g_strv_length (words);
}

int
limn_cli_parse (int argc, char **argv, const GOptionEntry *entries, const char *usage, const char *summary,
                char **positional)
{
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_autoptr (GError) error = NULL;
  int wanted = positional != NULL ? 1 + count_words (usage) : 1;

  if (argc > 1 && strcmp (argv[1], LIMN_CLI_COMPLETE) == 0) {
    limn_cli_complete (entries, positional != NULL, argc - 2, argv + 2);
    exit (0);
  }
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, LIMN_TEXT_DOMAIN);
  g_option_context_set_translation_domain (context, LIMN_TEXT_DOMAIN);
  g_option_context_set_summary (context, summary);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return limn_cli_fail (LIMN_EXIT_USAGE, "%s", error->message);
  /* "--" stays in argv where GOption met it. */
  if (argc > 1 && strcmp (argv[1], "--") == 0) {
    argv++;
    argc--;
  }
  if (argc < wanted)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("%s is missing"), usage);
  if (argc > wanted)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("\"%s\" is not an option"), argv[wanted]);
  for (int i = 1; i < wanted; i++)
    positional[i - 1] = argv[i];
  return 0;
}

gboolean
limn_cli_parse_pair (const char *text, char separator, int *first, int *second)
{
  const char *cut = strchr (text, separator);
  guint64 a, b;

  if (cut == NULL)
    return FALSE;
  g_autofree char *head = g_strndup (text, cut - text);
  if (!g_ascii_string_to_unsigned (head, 10, 0, 65535, &a, NULL)
      || !g_ascii_string_to_unsigned (cut + 1, 10, 0, 65535, &b, NULL))
    return FALSE;
  *first = (int) a;
  *second = (int) b;
  return TRUE;
}

int
limn_cli_read_number (const char *option, const char *text, gboolean whole, double least, double most, double *value)
{
  gsize span = text != NULL ? strspn (text, whole ? "+-0123456789" : "+-.0123456789eE") : 0;
  char *end = NULL;
  double number;

  if (text == NULL)
    return 0;
  number = g_ascii_strtod (text, &end);
  if (span > 0 && text[span] == '\0' && *end == '\0' && number >= least && number <= most) {
    *value = number;
    return 0;
  }
  return limn_cli_fail (LIMN_EXIT_USAGE,
                        whole ? _ ("--%s takes a whole number from %g to %g, not \"%s\"")
                              : _ ("--%s takes a number from %g to %g, not \"%s\""),
                        option, least, most, text);
}

int
limn_cli_columns (const char *text)
{
  int columns = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    columns += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
  }
  return columns;
}

void
limn_cli_add_parts (GArray *entries, char **parts)
{
  const GOptionEntry own[] = {
    { "unet", 0, 0, G_OPTION_ARG_FILENAME, &parts[LIMN_PART_UNET], N_ ("where its U-Net is (in the model)"),
      N_ ("PATH") },
    { "vae", 0, 0, G_OPTION_ARG_FILENAME, &parts[LIMN_PART_VAE], N_ ("where its VAE is (in the model)"), N_ ("PATH") },
    { "text-encoder", 0, 0, G_OPTION_ARG_FILENAME, &parts[LIMN_PART_TEXT_ENCODER],
      N_ ("where its first text encoder is (in the model)"), N_ ("PATH") },
    { "text-encoder-2", 0, 0, G_OPTION_ARG_FILENAME, &parts[LIMN_PART_TEXT_ENCODER_2],
      N_ ("where its second text encoder is (in the model)"), N_ ("PATH") },
  };

  g_array_append_vals (entries, own, G_N_ELEMENTS (own));
}

LimnModel *
limn_cli_open_model (const char *model, char *const *parts, GError **error)
{
  g_autofree char *starter = NULL;
  LimnModelParts all = { .model = model };

  for (LimnPartId part = 0; parts != NULL && part < LIMN_N_PARTS; part++)
    all.parts[part] = parts[part];
  if (model == NULL && all.parts[LIMN_PART_UNET] == NULL)
    all.model = starter = limn_starter_path ();
  if (all.model != NULL || all.parts[LIMN_PART_UNET] != NULL)
    return limn_model_open_parts (&all, error);
  g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_FILE,
                       _ ("The starter model is not installed: name a model with --model"));
  return NULL;
}

LimnPhoto *
limn_cli_load_photo (const char *path, GError **error)
{
  LimnPhoto *photo = limn_photo_load (path, NULL, error);

  for (int i = 0; photo != NULL && photo->notes[i] != NULL; i++)
    g_printerr ("%s: %s\n", path, photo->notes[i]);
  return photo;
}

/* A signal handler has nothing else to write to. */
static volatile sig_atomic_t interrupted;

static void
interrupt_cb (int number)
{
  interrupted = 1;
  signal (number, SIG_DFL);
}

void
limn_cli_catch_interrupt (void)
{
  signal (SIGINT, interrupt_cb);
  signal (SIGTERM, interrupt_cb);
}

gboolean
limn_cli_interrupted (void)
{
  return interrupted != 0;
}

static char *
speeds_path (void)
{
  return g_build_filename (g_get_user_cache_dir (), "limn", "speeds.json", NULL);
}

/* It is only for foretelling, so what goes wrong with it goes without saying. */
void
limn_cli_load_speeds (LimnEngine *engine)
{
  g_autofree char *path = speeds_path ();
  g_autofree char *text = NULL;

  if (g_file_get_contents (path, &text, NULL, NULL))
    limn_engine_load_speeds (engine, text);
}

void
limn_cli_save_speeds (LimnEngine *engine)
{
  g_autofree char *path = speeds_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *before = NULL;
  g_autofree char *text = NULL;

  g_file_get_contents (path, &before, NULL, NULL);
  text = limn_engine_save_speeds (engine, before);
  if (g_mkdir_with_parents (folder, 0700) == 0)
    g_file_set_contents (path, text, -1, NULL);
}

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  limn_cli_progress_show (data, progress);
}

static gboolean
cancelled_cb (gpointer data)
{
  return limn_cli_interrupted ();
}

LimnResult *
limn_cli_work (int device, LimnCliWork work, gconstpointer data, GError **error)
{
  g_autoptr (LimnEngine) engine = limn_engine_new (device, error);
  LimnCliProgress bar;
  const LimnMonitor monitor = { .progress = progress_cb, .cancelled = cancelled_cb, .data = &bar };

  if (engine == NULL)
    return NULL;
  limn_cli_catch_interrupt ();
  limn_cli_progress_init (&bar);
  limn_cli_load_speeds (engine);
  LimnResult *result = work (engine, &monitor, data, error);
  limn_cli_progress_finish (&bar);
  if (result != NULL)
    limn_cli_save_speeds (engine);
  return result;
}

void
limn_cli_print_estimate (const LimnEstimate *estimate)
{
  for (int stage = 0; stage < LIMN_N_STAGES; stage++) {
    if (estimate->seconds[stage] == 0)
      continue;
    g_print ("%-8s %8.2f GB", limn_stage_name (stage), estimate->bytes[stage] / 1e9);
    if (estimate->seconds[stage] > 0)
      g_print (" %8.2f s", estimate->seconds[stage]);
    g_print ("\n");
  }
  g_print (estimate->fits ? _ ("needs %.2f GB of %.2f GB: it fits\n")
                          : _ ("needs %.2f GB of %.2f GB: it does not fit\n"),
           estimate->peak / 1e9, estimate->available / 1e9);
  for (int i = 0; estimate->advice[i] != NULL; i++)
    g_print ("%s.\n", estimate->advice[i]);
}

void
limn_cli_print_notes (const LimnResult *result)
{
  g_autofree char *left_out = limn_cache_to_text (&result->cache);

  if (left_out != NULL)
    g_printerr (_ ("Step caching: %s\n"), left_out);
  for (int i = 0; result->notes != NULL && result->notes[i] != NULL; i++)
    g_printerr (_ ("Note: %s\n"), result->notes[i]);
}

void
limn_cli_say_device (LimnEngine *engine)
{
  g_printerr (limn_engine_device (engine)->kind == LIMN_DEVICE_SOFTWARE
                  ? _ ("Painting on %s (a software device: slow)\n")
                  : _ ("Painting on %s\n"),
              limn_engine_device (engine)->name);
}
