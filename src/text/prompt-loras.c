/* prompt-loras.c - see prompt-loras.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-loras.h"

#include <math.h>
#include <string.h>

#define MOST_WEIGHT 100

/* The length of a LoRA's tag at text, or 0; name: receives where its name begins, length that. */
static gsize
lora_tag (const char *text, const char **name, gsize *length)
{
  static const char *const kinds[] = { "<lora:", "<lyco:" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_ascii_strncasecmp (text, kinds[i], strlen (kinds[i])) != 0)
      continue;
    *name = text + strlen (kinds[i]);
    *length = strcspn (*name, ":<>");
    gsize rest = strcspn (*name, "<>");
    return *length > 0 && (*name)[rest] == '>' ? (gsize) (*name - text) + rest + 1 : 0;
  }
  return 0;
}

static gboolean
read_weight (const char *text, double *weight)
{
  char *end;
  double value = g_ascii_strtod (text, &end);

  if (end == text || *end != '\0' || !isfinite (value) || fabs (value) > MOST_WEIGHT)
    return FALSE;
  *weight = value;
  return TRUE;
}

static void
read_weights (LimnPromptLora *lora, char *const *arguments)
{
  g_autoptr (GString) unread = g_string_new (NULL);
  double weights[2] = { NAN, NAN }; /* text, U-Net */
  guint position = 0;

  for (; *arguments != NULL; arguments++) {
    const char *argument = g_strstrip (*arguments);
    gboolean read = FALSE;

    if (strchr (argument, '=') == NULL && position < G_N_ELEMENTS (weights))
      read = read_weight (argument, &weights[position++]);
    else if (g_str_has_prefix (argument, "te="))
      read = read_weight (argument + strlen ("te="), &weights[0]);
    else if (g_str_has_prefix (argument, "unet="))
      read = read_weight (argument + strlen ("unet="), &weights[1]);
    if (!read && *argument != '\0')
      g_string_append_printf (unread, "%s%s", unread->len > 0 ? ":" : "", argument);
  }
  lora->text = isnan (weights[0]) ? 1 : weights[0];
  lora->unet = isnan (weights[1]) ? lora->text : weights[1];
  lora->unread = unread->len > 0 ? g_strdup (unread->str) : NULL;
}

static void
lora_clear (gpointer data)
{
  LimnPromptLora *lora = data;

  g_free (lora->name);
  g_free (lora->unread);
}

GArray *
limn_prompt_loras (const char *prompt)
{
  GArray *loras = g_array_new (FALSE, TRUE, sizeof (LimnPromptLora));

  g_array_set_clear_func (loras, lora_clear);
  for (const char *p = strchr (prompt, '<'); p != NULL; p = strchr (p, '<')) {
    const char *name;
    gsize length, tag = lora_tag (p, &name, &length);

    if (tag == 0) {
      p++;
      continue;
    }
    g_autofree char *inside = g_strndup (name, tag - 1 - (gsize) (name - p));
    g_auto (GStrv) arguments = g_strsplit (inside, ":", -1);
    LimnPromptLora lora = { .name = g_utf8_make_valid (arguments[0], -1), .start = p - prompt, .length = tag };
    g_strstrip (lora.name);
    read_weights (&lora, arguments + 1);
    g_array_append_val (loras, lora);
    p += tag;
  }
  return loras;
}

char *
limn_prompt_lora_tag (const char *name, double text, double unet)
{
  char first[G_ASCII_DTOSTR_BUF_SIZE], second[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (first, sizeof first, "%.6g", text);
  if (text == unet)
    return g_strdup_printf ("<lora:%s:%s>", name, first);
  return g_strdup_printf ("<lora:%s:%s:%s>", name, first, g_ascii_formatd (second, sizeof second, "%.6g", unet));
}

static void
add_name (GPtrArray *names, const char *name, gsize length)
{
  g_autofree char *copy = g_strndup (name, length);

  if (!g_ptr_array_find_with_equal_func (names, copy, g_str_equal, NULL))
    g_ptr_array_add (names, g_steal_pointer (&copy));
}

char *
limn_prompt_without_loras (const char *prompt, GPtrArray *names)
{
  g_autofree char *valid = g_utf8_make_valid (prompt, -1);
  GString *out = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0';) {
    const char *name;
    gsize length, tag = *p == '<' ? lora_tag (p, &name, &length) : 0;

    if (tag > 0) {
      if (names != NULL)
        add_name (names, name, length);
      p += tag;
    } else {
      g_string_append_c (out, *p++);
    }
  }
  return g_string_free (out, FALSE);
}
