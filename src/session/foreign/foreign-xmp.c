/* foreign-xmp.c - the texts of an XMP packet: RDF in XML, of which the names without their prefix are looked at.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-chunks.h"

#include <string.h>

typedef struct {
  LimnChunks *chunks;
  const char *key; /* of the element that is open, or NULL */
  guint depth;     /* of open elements inside that one */
  GString *text;
} Packet;

/* The key for an element or attribute, or NULL. */
static const char *
key_of (const char *name)
{
  static const char *const names[][2] = { { "UserComment", "UserComment" },      { "description", "Description" },
                                          { "ImageDescription", "Description" }, { "CreatorTool", "Software" },
                                          { "parameters", "parameters" },        { "limn", "limn" } };
  const char *colon = g_str_has_prefix (name, "xmlns:") ? NULL : strrchr (name, ':');

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (colon != NULL && g_str_equal (colon + 1, names[i][0]))
      return names[i][1];
  return NULL;
}

static void
keep (Packet *packet, const char *key, const char *text)
{
  if (limn_chunks_want (packet->chunks, key, strlen (text)))
    limn_chunks_keep (packet->chunks, key, g_strstrip (g_strdup (text)));
}

static void
start_cb (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data,
          GError **error)
{
  Packet *packet = data;

  for (guint i = 0; names[i] != NULL; i++)
    if (key_of (names[i]) != NULL)
      keep (packet, key_of (names[i]), values[i]);
  if (packet->key != NULL) {
    packet->depth++;
  } else if (key_of (name) != NULL) {
    packet->key = key_of (name);
    packet->depth = 0;
    g_string_truncate (packet->text, 0);
  }
}

static void
end_cb (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Packet *packet = data;

  if (packet->key == NULL || packet->depth-- > 0)
    return;
  keep (packet, packet->key, packet->text->str);
  packet->key = NULL;
}

static void
text_cb (GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error)
{
  Packet *packet = data;

  if (packet->key != NULL)
    g_string_append_len (packet->text, text, (gssize) length);
}

void
limn_chunks_read_xmp (LimnChunks *self, LimnSpan span)
{
  static const GMarkupParser parser = { .start_element = start_cb, .end_element = end_cb, .text = text_cb };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *valid = NULL;
  Packet packet = { .chunks = self, .text = text };
  g_autoptr (GMarkupParseContext) context = NULL;

  if (!limn_chunks_want (self, NULL, span.size))
    return;
  valid = limn_span_utf8 (span);
  context = g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &packet, NULL);
  /* damaged: what came before is kept */
  if (g_markup_parse_context_parse (context, valid, -1, NULL))
    g_markup_parse_context_end_parse (context, NULL);
}
