/* foreign-invoke-old.c - InvokeAI 1 and 2: "sd-metadata", or the command line in "Dream".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-keys.h"

#include <glib/gi18n.h>
#include <string.h>

/* "a cliff [blurry, text]": what is in brackets goes to negative. */
static char *
split_negative (const char *prompt, GString *negative)
{
  GString *positive = g_string_new (NULL);
  int depth = 0;

  for (const char *p = prompt; *p != '\0'; p++) {
    if (*p == '[' && depth++ == 0)
      continue;
    if (*p == ']' && depth > 0 && --depth == 0) {
      g_string_append (negative, ", ");
      continue;
    }
    g_string_append_c (depth > 0 ? negative : positive, *p);
  }
  if (g_str_has_suffix (negative->str, ", "))
    g_string_truncate (negative, negative->len - 2);
  return g_string_free (positive, FALSE);
}

/* A string, or a list of {"prompt", "weight"}. */
LIMN_FOREIGN_OWN_TAKE (prompts)
{
  const LimnJson *first = limn_json_member (limn_json_nth (value, 0), "prompt");
  const char *text = limn_json_string (value, limn_json_string (first, NULL));
  g_autoptr (GString) negative = g_string_new (NULL);
  g_autofree char *positive = NULL, *clean = NULL, *clean_negative = NULL;

  if (text == NULL)
    return FALSE;
  if (first != NULL && limn_json_length (value) > 1)
    limn_foreign_miss (reading->foreign, _ ("Prompt"), _ ("Several were mixed; only the first is taken"));
  positive = split_negative (text, negative);
  clean = limn_foreign_clean_prompt (reading->foreign, positive);
  clean_negative = limn_foreign_clean_prompt (reading->foreign, negative->str);
  limn_foreign_set_string (reading->foreign, "prompt", clean);
  limn_foreign_set_string (reading->foreign, "negative", clean_negative);
  return TRUE;
}

LIMN_FOREIGN_OWN_TAKE (type)
{
  if (g_strcmp0 (limn_json_string (value, NULL), "img2img") == 0)
    limn_foreign_miss_start (reading->foreign);
  return TRUE;
}

static const LimnForeignKey keys[] = {
  { "prompt", take_prompts },
  { "type", take_type },
  { "strength", limn_foreign_take_strength },
  { "init image*", limn_foreign_take_start },
  { "init mask", limn_foreign_take_mask },
  { "model weights", limn_foreign_take_model },
  LIMN_FOREIGN_GAP ("threshold", N_ ("Guidance"), N_ ("It was held below a limit; Limn’s is not")),
  LIMN_FOREIGN_GAP ("perlin", N_ ("Noise"), N_ ("Another kind was mixed in")),
  { "seamless", limn_foreign_take_tile, NULL, N_ ("Seamless") },
  { "seamless axes" }, /* with it */
  LIMN_FOREIGN_GAP ("hires fix", N_ ("Hires fix"),
                    N_ ("A second pass repainted the picture; Limn paints only the first one")),
  LIMN_FOREIGN_GAP ("postprocessing", N_ ("Upscaler"), N_ ("The picture was changed afterwards")),
  LIMN_FOREIGN_GAP ("facetool*", N_ ("Face restoration"), N_ ("It repainted faces afterwards")),
  LIMN_FOREIGN_GAP ("upscale", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards")),
  LIMN_FOREIGN_GAP ("variation*", N_ ("Variation seed"), N_ ("A second seed was mixed in, in a way of its own")),
  LIMN_FOREIGN_GAP ("with variations", N_ ("Variation seed"), N_ ("A second seed was mixed in, in a way of its own")),
  /* the file's name is the one that counts; and what changes no picture */
  { "model" },
  { "app*" },
  { "orig hash" },
  { "iterations" },
  { "grid" },
  { NULL },
};

static gboolean
read_image (LimnForeign **out, const LimnJson *image, const char *weights, const char *const *models)
{
  LimnForeignReading reading = { NULL, image, models };

  if (limn_json_member (image, "prompt") == NULL)
    return FALSE;
  reading.foreign = *out = limn_foreign_new (LIMN_FOREIGN_INVOKE, "InvokeAI");
  limn_foreign_take_keys (&reading, keys, limn_foreign_common_keys);
  if (weights != NULL)
    limn_foreign_set_model (*out, "model", weights, NULL, models);
  limn_foreign_miss_noise (*out);
  return TRUE;
}

gboolean
limn_foreign_read_invoke_old (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  const char *app = limn_json_string (limn_json_member (json, "app_id"), "");
  const LimnJson *image = limn_json_member (json, "image");

  if (limn_json_kind (image) != LIMN_JSON_OBJECT || (app[0] != '\0' && strstr (app, "nvoke") == NULL))
    return FALSE;
  return read_image (out, image, limn_foreign_text_at (json, "model weights"), models);
}

/* ---- The command line ---- */

static const struct {
  const char *option, *key;
} options[] = {
  { "-s", "steps" },
  { "--steps", "steps" },
  { "-S", "seed" },
  { "--seed", "seed" },
  { "-W", "width" },
  { "--width", "width" },
  { "-H", "height" },
  { "--height", "height" },
  { "-C", "cfg scale" },
  { "--cfg_scale", "cfg scale" },
  { "-A", "sampler" },
  { "--sampler", "sampler" },
  { "-f", "strength" },
  { "--strength", "strength" },
  { "-I", "init image" },
  { "--init_img", "init image" },
  { "-M", "init mask" },
  { "--init_mask", "init mask" },
  { "-G", "facetool" },
  { "-U", "upscale" },
  { "-v", "variation amount" },
  { "-V", "with variations" },
  { "--threshold", "threshold" },
  { "--perlin", "perlin" },
};

static const char *
option_key (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    if (g_str_equal (word, options[i].option))
      return options[i].key;
  return NULL;
}

static gboolean
is_option (const char *word)
{
  return word[0] == '-' && word[1] != '\0' && !g_ascii_isdigit (word[1]) && word[1] != '.';
}

/* "a lighthouse" -s 20 -S 42 -W 512 -H 512 -C 7.5 -A k_euler */
gboolean
limn_foreign_read_dream (LimnForeign **out, const char *text, const char *const *models)
{
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (LimnJson) json = NULL;
  g_auto (GStrv) words = NULL;
  int n = 0;

  if (strlen (text) > 100000 || !g_shell_parse_argv (text, &n, &words, NULL))
    return FALSE;
  g_hash_table_insert (values, g_strdup ("prompt"), g_strdup (""));
  for (int i = 0; i < n; i++) {
    const char *key = option_key (words[i]), *prompt = g_hash_table_lookup (values, "prompt");
    gboolean has_value = i + 1 < n && !is_option (words[i + 1]);

    if (is_option (words[i])) {
      g_hash_table_insert (values, g_strdup (key != NULL ? key : words[i]),
                           g_strdup (has_value ? words[i + 1] : "yes"));
      i += has_value;
    } else {
      g_hash_table_insert (values, g_strdup ("prompt"),
                           g_strconcat (prompt, prompt[0] != '\0' ? " " : "", words[i], NULL));
    }
  }
  if (g_hash_table_size (values) < 3)
    return FALSE;
  json = limn_foreign_texts_to_json (values);
  return read_image (out, json, NULL, models);
}
