/* grid-words.c - see grid-words.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/queue/grid-words.h"

#include <string.h>

#include "text/prompt-loras.h"

char *
limn_grid_weigh_loras (const char *prompt, const char *name, double weight, guint *found)
{
  g_autoptr (GArray) tags = limn_prompt_loras (prompt);
  GString *out = g_string_new (NULL);
  gsize at = 0;

  *found = 0;
  for (guint i = 0; i < tags->len; i++) {
    const LimnPromptLora *tag = &g_array_index (tags, LimnPromptLora, i);
    LimnPromptLora other = *tag;

    other.text = other.unet = weight;
    g_autofree char *weighed = limn_prompt_lora_write (&other);
    if (name != NULL && strcmp (name, tag->name) != 0)
      continue;
    g_string_append_len (out, prompt + at, (gssize) (tag->start - at));
    g_string_append (out, weighed);
    at = tag->start + tag->length;
    ++*found;
  }
  g_string_append (out, prompt + at);
  return g_string_free (out, FALSE);
}
