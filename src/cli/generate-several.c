/* generate-several.c - limn-cli generate --count: pictures of one request, with the seeds after its own; see cli.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"

#define AT_ONCE 16 /* pictures that are open, where there may be any number */

typedef struct {
  LimnRequest request;
  LimnPhoto *photo; /* these that it borrows */
  guint8 *mask;
  char *words[LIMN_CLI_WORDS], *prompt;
  char *output;
} Picture;

typedef struct {
  const LimnCliSeveral *how;
  GPtrArray *outputs; /* of each image, or one */
  Picture *all;       /* [n], those that are open */
  guint n;
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

/* In the folder, each image's own name; of two that differ in their endings alone, the second keeps it. */
static GPtrArray *
list_outputs (const LimnCliSeveral *how)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *outputs = g_ptr_array_new_with_free_func (g_free);

  if (how->images == NULL)
    g_ptr_array_add (outputs, g_strdup (how->output));
  for (guint i = 0; how->images != NULL && i < how->images->len; i++) {
    g_autofree char *name = g_path_get_basename (how->images->pdata[i]);
    char *point = strrchr (name, '.');
    g_autofree char *stem = g_strndup (name, point != NULL && point > name ? (gsize) (point - name) : strlen (name));
    g_autofree char *short_name = g_strconcat (stem, ".png", NULL), *long_name = g_strconcat (name, ".png", NULL);
    char *path = g_build_filename (how->output, short_name, NULL);

    if (g_hash_table_contains (taken, path)) {
      g_free (path);
      path = g_build_filename (how->output, long_name, NULL);
    }
    g_hash_table_add (taken, path);
    g_ptr_array_add (outputs, path);
  }
  return outputs;
}

static void
picture_clear (Picture *picture)
{
  limn_photo_free (picture->photo);
  g_free (picture->mask);
  for (guint i = 0; i < LIMN_CLI_WORDS; i++)
    g_free (picture->words[i]);
  g_free (picture->prompt);
  g_free (picture->output);
}

static gboolean
open_image (Picture *picture, const LimnCliSeveral *how, const char *path, GError **error)
{
  LimnRequest *request = &picture->request;

  picture->photo = limn_cli_load_photo (path, error);
  if (picture->photo == NULL)
    return FALSE;
  request->image = picture->photo->image;
  if (how->width > 0) {
    request->width = how->width;
    request->height = how->height;
    limn_size_fit (picture->photo->width, picture->photo->height, &request->width, &request->height);
  }
  if (how->mask != NULL || how->mask_from_alpha) {
    picture->mask = limn_cli_choose_mask (how->mask, path, picture->photo, request, error);
    request->mask = picture->mask;
  }
  return request->mask == picture->mask;
}

/* The choices in its prompts are its own seed's; LoRAs that come after those are all pictures'. */
static gboolean
picture_init (Picture *picture, const Several *several, guint index, GError **error)
{
  const LimnCliSeveral *how = several->how;
  guint number = index % (guint) how->count, image = index / (guint) how->count;
  LimnRequest *request = &picture->request;

  *request = *how->request;
  request->seed += number;
  request->prompt = how->texts[0];
  request->negative = how->texts[1];
  request->prompt_2 = how->texts[2];
  request->negative_2 = how->texts[3];
  request->regions = how->texts[4] != NULL ? how->texts[4] : "";
  request->details = how->texts[5] != NULL ? how->texts[5] : "";
  picture->output = limn_cli_nth_output (several->outputs->pdata[image], how->count, (int) number + 1);
  if (!limn_cli_choose_words (request, picture->words, error))
    return FALSE;
  request->prompt = picture->prompt = g_strconcat (request->prompt, how->suffix, NULL);
  return how->images == NULL || open_image (picture, how, how->images->pdata[image], error);
}

/* The first is told in the end. */
static void
take_error (Several *several, const GError *error)
{
  if (several->error == NULL)
    several->error = g_error_copy (error);
  else if (several->how->images != NULL && !g_error_matches (error, LIMN_ERROR, LIMN_ERROR_CANCELLED))
    g_printerr ("%s\n", error->message);
}

static void
painted_cb (guint index, LimnResult *result, const GError *error, gpointer data)
{
  Several *several = data;
  Picture *picture = &several->all[index];

  if (error != NULL) {
    take_error (several, error);
    return;
  }
  limn_cli_print_notes (result);
  g_clear_pointer (&several->last, limn_result_free);
  several->last = result;
  if (limn_cli_save_picture (result, &picture->request, NULL, picture->output, several->how->pictures,
                             several->error == NULL ? &several->error : NULL))
    g_print ("%s: %d x %d, seed %" G_GUINT64_FORMAT "\n", picture->output, result->image->width, result->image->height,
             picture->request.seed);
}

static void
open_pictures (Several *several, guint begin, guint end)
{
  for (guint index = begin; index < end; index++) {
    Picture *picture = &several->all[several->n];
    g_autoptr (GError) error = NULL;

    *picture = (Picture){ 0 };
    if (picture_init (picture, several, index, &error)) {
      several->n++;
      continue;
    }
    picture_clear (picture);
    take_error (several, error);
  }
}

static gboolean
is_over (const Several *several)
{
  return limn_cli_interrupted () || g_error_matches (several->error, LIMN_ERROR, LIMN_ERROR_CANCELLED)
         || g_error_matches (several->error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
}

static LimnResult *
paint_cb (LimnEngine *engine, const LimnMonitor *monitor, gconstpointer data, GError **error)
{
  Several *several = (Several *) data;
  const LimnCliSeveral *how = several->how;
  guint all = several->outputs->len * (guint) how->count;
  guint at_once = how->images == NULL ? all : how->together > 0 ? (guint) how->together : AT_ONCE;
  g_autofree Picture *pictures = g_new0 (Picture, at_once);
  g_autofree LimnPainting *paintings = g_new (LimnPainting, at_once);

  limn_cli_say_device (engine);
  several->all = pictures;
  for (guint begin = 0; begin < all && !is_over (several); begin += at_once) {
    several->n = 0;
    open_pictures (several, begin, MIN (begin + at_once, all));
    for (guint i = 0; i < several->n; i++)
      paintings[i] = (LimnPainting){ &pictures[i].request, monitor };
    limn_engine_generate_several (engine, paintings, several->n, how->together, painted_cb, several);
    for (guint i = 0; i < several->n; i++)
      picture_clear (&pictures[i]);
  }
  if (several->error != NULL)
    g_propagate_error (error, g_steal_pointer (&several->error));
  return g_steal_pointer (&several->last);
}

int
limn_cli_paint_several (int device, const LimnCliSeveral *how)
{
  g_autoptr (GPtrArray) outputs = list_outputs (how);
  Several several = { .how = how, .outputs = outputs };
  g_autoptr (GError) error = NULL;

  if (how->images != NULL && g_mkdir_with_parents (how->output, 0777) != 0)
    return limn_cli_fail (LIMN_EXIT_ERROR, "%s: %s", how->output, g_strerror (errno));
  g_autoptr (LimnResult) last = limn_cli_work (device, paint_cb, &several, &error);
  return error == NULL ? 0 : limn_cli_fail_error (error);
}
