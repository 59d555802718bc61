/* test-files-damaged.c - a thousand damaged files of each kind that is more than plain numbers: each is opened, or ends
 * in a message that names it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "common/folder.h"
#include "common/golden.h"
#include "engine/embeddings.h"
#include "model/arch.h"
#include "model/lora.h"

#define FILES 1000

typedef struct {
  const char *name;                 /* in golden */
  const char *at;                   /* where the damaged one is put */
  char *(*open) (const char *path); /* the message, or NULL where it opened; path: its */
} Kind;

static LimnCheckpoint *model; /* mini-sdxl */

static char *
take_message (GError *error)
{
  char *message = g_strdup (error->message);

  g_assert_true (error->domain == LIMN_ERROR);
  g_error_free (error);
  return message;
}

/* ---- What is done with them ---- */

/* A value of every tensor, so that all blocks and scales are looked at. */
static char *
open_unet (const char *path)
{
  g_autofree char *base = golden_path ("mini-sdxl");
  GError *error = NULL;
  g_autoptr (LimnCheckpoint) opened =
      limn_checkpoint_open_parts (&(LimnModelParts){ base, { [LIMN_PART_UNET] = path } }, &error);

  if (opened == NULL)
    return take_message (error);
  g_autoptr (LimnArchList) list = limn_arch_unet_list (limn_checkpoint_unet (opened));
  for (guint i = 0; i < limn_arch_list_length (list); i++) {
    LimnTensorView view;

    g_assert_true (limn_checkpoint_find (opened, LIMN_PART_UNET, limn_arch_list_nth (list, i)->name, &view, &error));
    limn_tensor_view_value (&view, 0);
  }
  return NULL;
}

static char *
open_lora (const char *path)
{
  GError *error = NULL;
  g_autoptr (LimnTensors) file = limn_tensors_open (path, &error);
  g_autoptr (LimnLora) lora = file != NULL ? limn_lora_new (file, model, &error) : NULL;

  return lora != NULL ? NULL : take_message (error);
}

static char *
open_embedding (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path), *above = g_path_get_dirname (folder);
  g_autofree char *beside = g_build_filename (above, "model.safetensors", NULL);
  g_autoptr (LimnEmbeddings) embeddings = limn_embeddings_new (beside);
  gsize length;
  int id, n;

  limn_embeddings_set_width (embeddings, 0, limn_checkpoint_clip (model, LIMN_PART_TEXT_ENCODER)->width);
  limn_embeddings_set_width (embeddings, 1, limn_checkpoint_clip (model, LIMN_PART_TEXT_ENCODER_2)->width);
  for (int encoder = 0; encoder < 2; encoder++)
    g_assert_true (limn_embeddings_find (embeddings, encoder, "embedding:file", FALSE, &length, &id, &n));
  g_autoptr (GPtrArray) problems = limn_embeddings_take_problems (embeddings);
  return problems->len > 0 ? g_strdup (problems->pdata[0]) : NULL;
}

static const Kind kinds[] = {
  { "gguf/mini-sdxl-q-Q4_K_M.gguf", "file.gguf", open_unet },
  { "gguf/mini-sdxl-q-Q8_0.gguf", "file.gguf", open_unet },
  { "gguf/mini-sdxl-q-fp8_scaled.safetensors", "file.safetensors", open_unet },
  { "gguf/mini-sdxl-q-fp8_e4m3fn.safetensors", "file.safetensors", open_unet },
  { "lora/kohya_sgm.safetensors", "file.safetensors", open_lora },
  { "lora2/loha_tucker.safetensors", "file.safetensors", open_lora },
  { "lora2/boft.safetensors", "file.safetensors", open_lora },
  { "embeddings/xl4.safetensors", "embeddings/file.safetensors", open_embedding },
};

/* ---- Damage ---- */

/* Bits, bytes, moved pieces and cut ends, most of them where the file says what it holds. */
static gsize
damage (guint8 *data, gsize size)
{
  gsize head = MIN (size, (gsize) 60000);

  for (int n = g_test_rand_int_range (1, 6); n > 0; n--) {
    gsize range = g_test_rand_bit () ? head : size, count = (gsize) g_test_rand_int_range (1, 32);
    gsize at = (gsize) g_test_rand_int_range (0, (gint32) range);
    gsize from = (gsize) g_test_rand_int_range (0, (gint32) range);

    count = MIN (count, size - MAX (at, from));
    switch (g_test_rand_int_range (0, 8)) {
    case 0:
      memmove (data + at, data + from, count);
      break;
    case 1:
      memset (data + at, g_test_rand_bit () ? 0xff : 0, count);
      break;
    case 2:
      data[at] = (guint8) g_test_rand_int ();
      break;
    case 3:
      return at;
    default:
      data[at] ^= (guint8) (1 << g_test_rand_int_range (0, 8));
    }
  }
  return size;
}

static void
test_damaged (gconstpointer data)
{
  const Kind *kind = data;
  g_autofree char *folder = g_dir_make_tmp ("limn-damaged-XXXXXX", NULL), *golden = golden_path (kind->name);
  g_autofree char *path = g_build_filename (folder, kind->at, NULL), *below = g_path_get_dirname (path), *whole = NULL;
  guint opened = 0;
  double longest = 0;
  gsize size;

  g_assert_cmpint (g_mkdir_with_parents (below, 0700), ==, 0);
  g_assert_true (g_file_get_contents (golden, &whole, &size, NULL));
  for (int i = 0; i < FILES; i++) {
    g_autofree guint8 *bytes = g_memdup2 (whole, size);
    gsize left = i > 0 ? damage (bytes, size) : size;

    /* Not over an existing file, where GLib flushes to the disk. */
    g_remove (path);
    g_assert_true (g_file_set_contents (path, (const char *) bytes, (gssize) left, NULL));
    gint64 start = g_get_monotonic_time ();
    g_autofree char *message = kind->open (path);
    longest = MAX (longest, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
    opened += message == NULL;
    g_assert_true (i > 0 || message == NULL);
    if (message != NULL) {
      g_assert_true (g_utf8_validate (message, -1, NULL));
      if (strstr (message, kind->open == open_embedding ? "file" : path) == NULL)
        g_error ("the message does not name the file: %s", message);
    }
  }
  g_test_message ("%s: %u of %d opened, the longest took %.3f s", kind->name, opened, FILES, longest);
  g_assert_cmpuint (opened, <, FILES / 10 * 9);
  tests_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_autofree char *path = golden_path ("mini-sdxl");

  g_test_init (&argc, &argv, NULL);
  model = limn_checkpoint_open (path, NULL);
  g_assert_nonnull (model);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *name = g_strdup_printf ("/files-damaged/%s", kinds[i].name);
    g_test_add_data_func (name, &kinds[i], test_damaged);
  }
  int status = g_test_run ();
  limn_checkpoint_unref (model);
  return status;
}
