/* generate-several.c - limn-cli generate --count: pictures of one request, with the seeds after its own; see cli.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/i18n.h"

typedef struct {
  LimnRequest request;
  char *words[LIMN_CLI_WORDS], *prompt; /* that it borrows */
  char *output;
} Picture;

typedef struct {
  Picture *all; /* [n] */
  int n, together;
  LimnResult *last; /* of those that are finished; NULL: none is */
  GError *error;    /* what the first of the others failed with */
} Several;

char *
limn_cli_nth_output (const char *output, int count, int number)
{
  const char *name = strrchr (output, '/'), *ending = strrchr (name != NULL ? name : output, '.');
  gsize stem = ending != NULL ? (gsize) (ending - output) : strlen (output);

  return count == 1 ? g_strdup (output) : g_strdup_printf ("%.*s-%d%s", (int) stem, output, number, output + stem);
}

static void
picture_clear (Picture *picture)
{
  for (guint i = 0; i < LIMN_CLI_WORDS; i++)
    g_free (picture->words[i]);
  g_free (picture->prompt);
  g_free (picture->output);
}

/* The choices in its prompts are its own seed's; LoRAs that come after those are all pictures'. */
static gboolean
picture_init (Picture *picture, const LimnCliSeveral *how, int number, GError **error)
{
  LimnRequest *request = &picture->request;

  *request = *how->request;
  request->seed += (guint64) number;
  request->prompt = how->texts[0];
  request->negative = how->texts[1];
  request->prompt_2 = how->texts[2];
  request->negative_2 = how->texts[3];
  picture->output = limn_cli_nth_output (how->output, how->count, number + 1);
  if (!limn_cli_choose_words (request, picture->words, error))
    return FALSE;
  request->prompt = picture->prompt = g_strconcat (request->prompt, how->suffix, NULL);
  return TRUE;
}

static void
painted_cb (guint index, LimnResult *result, const GError *error, gpointer data)
{
  Several *several = data;
  Picture *picture = &several->all[index];

  if (error != NULL) {
    if (several->error == NULL)
      several->error = g_error_copy (error);
    return;
  }
  limn_cli_print_notes (result);
  g_clear_pointer (&several->last, limn_result_free);
  several->last = result;
  if (limn_cli_save_picture (result, &picture->request, NULL, picture->output,
                             several->error == NULL ? &several->error : NULL))
    g_print ("%s: %d x %d, seed %" G_GUINT64_FORMAT "\n", picture->output, result->image->width, result->image->height,
             picture->request.seed);
}

static LimnResult *
paint_cb (LimnEngine *engine, const LimnMonitor *monitor, gconstpointer data, GError **error)
{
  Several *several = (Several *) data;
  g_autofree LimnPainting *paintings = g_new (LimnPainting, several->n);

  limn_cli_say_device (engine);
  for (int i = 0; i < several->n; i++)
    paintings[i] = (LimnPainting){ &several->all[i].request, monitor };
  limn_engine_generate_several (engine, paintings, (guint) several->n, several->together, painted_cb, several);
  if (several->error != NULL)
    g_propagate_error (error, g_steal_pointer (&several->error));
  return g_steal_pointer (&several->last);
}

int
limn_cli_paint_several (int device, const LimnCliSeveral *how)
{
  g_autofree Picture *pictures = g_new0 (Picture, how->count);
  Several several = { .all = pictures, .n = how->count, .together = how->together };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnResult) last = NULL;
  gboolean good = TRUE;

  for (int i = 0; good && i < how->count; i++)
    good = picture_init (&pictures[i], how, i, &error);
  if (good)
    last = limn_cli_work (device, paint_cb, &several, &error);
  for (int i = 0; i < how->count; i++)
    picture_clear (&pictures[i]);
  return error == NULL ? 0 : limn_cli_fail_error (error);
}
