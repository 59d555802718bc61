/* server-none.c - where there is no libsoup 3: nothing listens.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/server.h"

#include "base/i18n.h"

struct _LimnServer {
  GObject parent_instance;
};

G_DEFINE_FINAL_TYPE (LimnServer, limn_server, G_TYPE_OBJECT)

static void
limn_server_class_init (LimnServerClass *klass)
{
}

static void
limn_server_init (LimnServer *self)
{
}

gboolean
limn_server_is_built (void)
{
  return FALSE;
}

LimnServer *
limn_server_new (LimnQueue *queue)
{
  return g_object_new (LIMN_TYPE_SERVER, NULL);
}

void
limn_server_set_model (LimnServer *self, const char *path)
{
}

void
limn_server_set_like (LimnServer *self, const char *like)
{
}

void
limn_server_set_token (LimnServer *self, const char *token)
{
}

void
limn_server_set_origins (LimnServer *self, const char *const *origins)
{
}

void
limn_server_set_forgets (LimnServer *self, gboolean forgets)
{
}

gboolean
limn_server_start (LimnServer *self, guint port, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       _ ("This Limn was built without its server, which needs libsoup 3"));
  return FALSE;
}

void
limn_server_stop (LimnServer *self)
{
}

const char *
limn_server_get_address (LimnServer *self)
{
  return NULL;
}
