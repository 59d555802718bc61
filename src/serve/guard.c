/* guard.c - see guard.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/guard.h"

#include <gio/gio.h>
#include <string.h>

/* "[::1]:7860" -> "::1", "localhost:7860" -> "localhost" */
static char *
without_port (const char *host)
{
  const char *end = host[0] == '[' ? strchr (host, ']') : strchr (host, ':');
  const char *begin = host[0] == '[' ? host + 1 : host;

  return end != NULL ? g_strndup (begin, (gsize) (end - begin)) : g_strdup (begin);
}

gboolean
limn_guard_host (const char *host)
{
  g_autofree char *name = host != NULL ? without_port (host) : NULL;
  g_autoptr (GInetAddress) address = name != NULL ? g_inet_address_new_from_string (name) : NULL;

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);
  return name != NULL && g_ascii_strcasecmp (name, "localhost") == 0;
}

gboolean
limn_guard_origin (const char *origin, const char *const *allowed)
{
  return origin == NULL || (allowed != NULL && g_strv_contains (allowed, origin));
}

static gboolean
equals (const char *given, const char *token)
{
  gsize n = strlen (given), length = strlen (token);
  guint differs = n != length;

  for (gsize i = 0; i < n; i++)
    differs |= (guint) (guint8) given[i] ^ (guint8) token[i % length];
  return differs == 0;
}

gboolean
limn_guard_token (const char *authorization, const char *token)
{
  g_autofree char *pair = NULL;
  const char *password;
  gsize size;

  if (token == NULL || token[0] == '\0')
    return TRUE;
  if (authorization == NULL)
    return FALSE;
  if (g_ascii_strncasecmp (authorization, "Bearer ", strlen ("Bearer ")) == 0)
    return equals (authorization + strlen ("Bearer "), token);
  if (g_ascii_strncasecmp (authorization, "Basic ", strlen ("Basic ")) != 0)
    return FALSE;
  /* ends in a NUL that is not counted */
  pair = (char *) g_base64_decode (authorization + strlen ("Basic "), &size);
  password = pair != NULL ? strchr (pair, ':') : NULL;
  return password != NULL && (equals (pair, token) | equals (password + 1, token));
}
