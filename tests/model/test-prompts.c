/* test-prompts.c - what the text encoders make of whole prompts, as ComfyUI and stable-diffusion-webui have it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/networks.h"

#include "base/json.h"
#include "engine/conditioning.h"
#include "engine/model.h"
#include "model/clip.h"

#include <math.h>
#include <string.h>

#define TOLERANCE 2e-5

typedef struct {
  LimnModel *model;
  LimnClip *clips[2];
  int skipped;
} Encoders;

static void
open_encoders (Encoders *encoders, const char *name)
{
  g_autofree char *path = golden_path (name);
  g_autoptr (GError) error = NULL;

  *encoders = (Encoders){ .model = limn_model_open (path, &error) };
  g_assert_no_error (error);
}

static void
close_encoders (Encoders *encoders)
{
  limn_clip_free (encoders->clips[0]);
  limn_clip_free (encoders->clips[1]);
  limn_model_unref (encoders->model);
}

static const float *
find_first_cb (gpointer embeddings, int id)
{
  return limn_embeddings_vector (embeddings, 0, id);
}

static const float *
find_second_cb (gpointer embeddings, int id)
{
  return limn_embeddings_vector (embeddings, 1, id);
}

static gboolean
encode_cb (LimnPartId which, const int *ids, float *hidden, float *pooled, gpointer data, GError **error)
{
  Encoders *encoders = data;
  int k = which == LIMN_PART_TEXT_ENCODER ? 0 : 1;
  LimnClip **clip = &encoders->clips[k];
  const LimnNetworkShape shape = { .batch = 1, .skipped = encoders->skipped };

  if (*clip == NULL)
    *clip = limn_clip_kinds[k].build (&limn_clip_kinds[k], networks_gpu (), limn_model_checkpoint (encoders->model),
                                      LIMN_PRECISION_FP32, &shape, NULL, error);
  const LimnClipVectors vectors = { which == LIMN_PART_TEXT_ENCODER ? find_first_cb : find_second_cb,
                                    limn_model_embeddings (encoders->model) };
  return *clip != NULL && limn_clip_encode (*clip, ids, &vectors, hidden, pooled, NULL, error);
}

static LimnConditioning *
tell (Encoders *encoders, const char *prompt, const char *emphasis)
{
  LimnConditioner conditioner = limn_conditioner_for_model (encoders->model);
  const LimnCaption caption = { .prompts = { prompt, prompt } };
  g_autoptr (GError) error = NULL;

  conditioner.emphasis = limn_emphasis_find (emphasis);
  g_assert_cmpstr (conditioner.emphasis->choice.name, ==, emphasis);
  conditioner.encode = encode_cb;
  conditioner.data = encoders;
  LimnConditioning *told = limn_conditioning_new (&conditioner, &caption, 1, &error);
  g_assert_no_error (error);
  return told;
}

/* The columns of told that tensor has: from offset on. */
static void
check_states (LimnTensors *file, const LimnConditioning *told, int offset, const char *name, double tolerance)
{
  gsize count;
  g_autofree float *expected = golden_floats (file, &count, "%s", name);
  int width = (int) (count / told->tokens);
  g_autofree float *ours = g_new (float, count);

  g_assert_cmpuint (count, ==, (gsize) told->tokens * width);
  g_assert_cmpint (offset + width, <=, told->channels);
  for (int token = 0; token < told->tokens; token++)
    memcpy (ours + (gsize) token * width, told->context + (gsize) token * told->channels + offset,
            width * sizeof (float));
  golden_check_rel (name, ours, expected, count, tolerance);
}

/* Which columns of which model "l", "g" and "sd15" are. */
typedef struct {
  const char *key, *model;
  gboolean second;
} Side;

static const Side sides[] = { { "l", "mini-sdxl", FALSE }, { "g", "mini-sdxl", TRUE }, { "sd15", "mini-sd15", FALSE } };

static int
offset_of (const Encoders *encoders, const Side *side)
{
  return side->second ? limn_checkpoint_clip (limn_model_checkpoint (encoders->model), LIMN_PART_TEXT_ENCODER)->width
                      : 0;
}

/* Restoring a mean divides by it: what fp32 leaves of that, where it is next to nothing beside the states. */
static double
tolerance_of_mean (LimnTensors *file, guint prompt, const Side *side)
{
  gsize count;
  g_autofree float *states = golden_floats (file, &count, "%u/%s/Ignore", prompt, side->key);
  double sum = 0, size = 0;

  for (gsize i = 0; i < count; i++) {
    sum += states[i];
    size += fabs (states[i]);
  }
  return MAX (TOLERANCE, 1e-7 * size / fabs (sum));
}

/* Each prompt that file has by that emphasis, in each encoder. */
static void
check_emphasis (LimnTensors *file, const char *emphasis, const char *format_end, guint *checked)
{
  g_autoptr (LimnJson) prompts = golden_json ("prompt/prompts.json");

  for (guint k = 0; k < G_N_ELEMENTS (sides); k++) {
    Encoders encoders;

    open_encoders (&encoders, sides[k].model);
    encoders.skipped = g_str_has_suffix (format_end, "_clip_skip_2") ? 1 : 0;
    for (guint i = 0; i < limn_json_length (prompts); i++) {
      g_autofree char *name = g_strdup_printf ("%u/%s/%s", i, sides[k].key, format_end);

      if (!golden_has (file, name))
        continue;
      g_autoptr (LimnConditioning) told =
          tell (&encoders, limn_json_string (limn_json_nth (prompts, i), NULL), emphasis);
      check_states (file, told, offset_of (&encoders, &sides[k]), name,
                    g_str_equal (emphasis, "a1111") ? tolerance_of_mean (file, i, &sides[k]) : TOLERANCE);
      ++*checked;
    }
    close_encoders (&encoders);
  }
}

static void
test_comfy (void)
{
  g_autoptr (LimnTensors) file = golden_open ("prompt/comfy.safetensors");
  guint checked = 0;

  check_emphasis (file, "comfy", "hidden", &checked);
  g_assert_cmpuint (checked, ==, 3 * 13);
}

static void
test_webui (void)
{
  static const struct {
    const char *emphasis, *name;
  } kinds[] = { { "a1111", "Original" }, { "a1111_no_norm", "No_norm" }, { "a1111_ignore", "Ignore" } };
  g_autoptr (LimnTensors) file = golden_open ("prompt/a1111_emphasis.safetensors");

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    guint checked = 0;

    check_emphasis (file, kinds[i].emphasis, kinds[i].name, &checked);
    g_assert_cmpuint (checked, ==, 3 * 6);
  }
}

/* The web UI's clip skip 2 leaves out one layer more than its 1; the final norm stays. */
static void
test_clip_skip (void)
{
  g_autoptr (LimnTensors) file = golden_open ("prompt/a1111_emphasis.safetensors");
  guint checked = 0;

  check_emphasis (file, "a1111", "Original_clip_skip_2", &checked);
  g_assert_cmpuint (checked, ==, 6);
}

/* What a token that is hidden says reaches no other; what it is changes only its own state. */
static void
test_hidden (void)
{
  for (guint k = 0; k < G_N_ELEMENTS (sides); k++) {
    Encoders encoders;
    g_autoptr (GError) error = NULL;
    const LimnPartId which = sides[k].second ? LIMN_PART_TEXT_ENCODER_2 : LIMN_PART_TEXT_ENCODER;

    open_encoders (&encoders, sides[k].model);
    const int width = limn_checkpoint_clip (limn_model_checkpoint (encoders.model), which)->width;
    LimnTokenizer *tokenizer = limn_model_tokenizer (encoders.model, which);
    float *seen[2], *hidden[2];
    int at = 3;
    for (int i = 0; i < 2; i++) {
      int n;
      g_autofree int *ids = limn_tokenizer_chunks (tokenizer, "a red horse on mars", 0, 1, &n);

      ids[at] = ids[i == 0 ? 1 : 2];
      seen[i] = g_new (float, LIMN_CHUNK_TOKENS *width);
      hidden[i] = g_new (float, LIMN_CHUNK_TOKENS *width);
      g_assert_true (encode_cb (which, ids, seen[i], NULL, &encoders, &error));
      ids[at] = LIMN_HIDDEN_ID (ids[at]);
      g_assert_true (encode_cb (which, ids, hidden[i], NULL, &encoders, &error));
    }
    for (int token = 0; token < LIMN_CHUNK_TOKENS; token++) {
      gsize from = (gsize) token * width, bytes = sizeof (float) * width;
      gboolean same = memcmp (hidden[0] + from, hidden[1] + from, bytes) == 0;

      g_assert_true (same == (token != at));
      g_assert_true ((memcmp (seen[0] + from, hidden[0] + from, bytes) == 0) == (token < at));
      g_assert_true ((memcmp (seen[0] + from, seen[1] + from, bytes) == 0) == (token < at));
    }
    for (int i = 0; i < 2; i++) {
      g_free (seen[i]);
      g_free (hidden[i]);
    }
    close_encoders (&encoders);
  }
}

/* By name as ComfyUI and as the web UI write it, weighted, of one and of four vectors, in each encoder; the files lie
 * beside the models. */
static void
check_embedding (LimnTensors *file, const char *key, const LimnJson *texts, const Side *side, guint *checked)
{
  static const char *const programs[] = { "comfy", "a1111" };
  g_autofree char *name = g_strdup_printf ("%s/%s/hidden", key, side->key);
  g_autofree char *pooled_name = g_strdup_printf ("%s/%s/pooled", key, side->key);
  Encoders encoders;

  if (!golden_has (file, name))
    return;
  open_encoders (&encoders, side->model);
  for (guint i = 0; i < G_N_ELEMENTS (programs); i++) {
    const char *text = limn_json_member_string (texts, programs[i]);
    g_autoptr (LimnConditioning) told = text != NULL ? tell (&encoders, text, programs[i]) : NULL;

    if (told == NULL)
      continue;
    check_states (file, told, offset_of (&encoders, side), name, TOLERANCE);
    if (side->second) {
      gsize count;
      g_autofree float *pooled = golden_floats (file, &count, "%s", pooled_name);

      golden_check_rel (pooled_name, told->pooled, pooled, count, TOLERANCE);
    }
    ++*checked;
  }
  g_autoptr (GPtrArray) problems = limn_embeddings_take_problems (limn_model_embeddings (encoders.model));
  g_assert_cmpuint (problems->len, ==, 0);
  close_encoders (&encoders);
}

static void
test_embeddings (void)
{
  g_autoptr (LimnTensors) file = golden_open ("embeddings-expected.safetensors");
  g_autoptr (LimnJson) prompts = golden_json ("embeddings-prompts.json");
  guint checked = 0;

  for (guint i = 0; i < limn_json_length (prompts); i++)
    for (guint k = 0; k < G_N_ELEMENTS (sides); k++)
      check_embedding (file, limn_json_key (prompts, i), limn_json_nth (prompts, i), &sides[k], &checked);
  g_assert_cmpuint (checked, ==, 2 * (6 * 2 + 6) + 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prompts/comfy", test_comfy);
  g_test_add_func ("/prompts/webui", test_webui);
  g_test_add_func ("/prompts/clip-skip", test_clip_skip);
  g_test_add_func ("/prompts/hidden", test_hidden);
  g_test_add_func ("/prompts/embeddings", test_embeddings);
  return networks_run ();
}
