/* serving.c - see serving.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/serving.h"

#include <glib/gi18n.h>

struct _LimnServing {
  GObject parent_instance;
  LimnServer *server;
  GSettings *state;
  GError *problem; /* why it does not listen, though it is to */
};

G_DEFINE_FINAL_TYPE (LimnServing, limn_serving, G_TYPE_OBJECT)

static guint changed_signal;

/* In a Flatpak without a network of this computer's, what listens cannot be reached. */
static gboolean
is_cut_off (void)
{
  g_autoptr (GKeyFile) info = g_key_file_new ();
  g_auto (GStrv) shared = NULL;

  if (!g_key_file_load_from_file (info, "/.flatpak-info", G_KEY_FILE_NONE, NULL))
    return FALSE;
  shared = g_key_file_get_string_list (info, "Context", "shared", NULL, NULL);
  return shared == NULL || !g_strv_contains ((const char *const *) shared, "network");
}

static void
take_model (LimnServing *self)
{
  g_autoptr (GVariant) settings = g_settings_get_value (self->state, "settings");
  g_autofree char *model = NULL;

  if (g_variant_lookup (settings, "model", "s", &model))
    limn_server_set_model (self->server, model);
}

static void
apply (LimnServing *self)
{
  g_autofree char *token = g_settings_get_string (self->state, "serve-token");

  g_clear_error (&self->problem);
  limn_server_stop (self->server);
  limn_server_set_token (self->server, token);
  if (g_settings_get_boolean (self->state, "serve")) {
    take_model (self);
    limn_server_start (self->server, (guint) g_settings_get_int (self->state, "serve-port"), &self->problem);
  }
  if (self->problem != NULL)
    g_message ("%s", self->problem->message);
  g_signal_emit (self, changed_signal, 0);
}

/* A request that waits need not be ended for it. */
static void
token_changed_cb (LimnServing *self)
{
  g_autofree char *token = g_settings_get_string (self->state, "serve-token");

  limn_server_set_token (self->server, token);
  g_signal_emit (self, changed_signal, 0);
}

void
limn_serving_close (LimnServing *self)
{
  g_return_if_fail (LIMN_IS_SERVING (self));

  g_signal_handlers_disconnect_by_data (self->state, self);
  limn_server_stop (self->server);
}

gboolean
limn_serving_is_possible (void)
{
  return limn_server_is_built ();
}

const char *
limn_serving_get_address (LimnServing *self)
{
  g_return_val_if_fail (LIMN_IS_SERVING (self), NULL);
  return limn_server_get_address (self->server);
}

char *
limn_serving_describe (LimnServing *self)
{
  g_autofree char *token = NULL;
  const char *address;

  g_return_val_if_fail (LIMN_IS_SERVING (self), NULL);

  token = g_settings_get_string (self->state, "serve-token");
  address = limn_server_get_address (self->server);
  if (is_cut_off ())
    return g_strdup (_ ("Limn has no network in its sandbox: “flatpak override --user --share=network "
                        "io.github.limn_art.Limn” gives it one from its next start on"));
  if (self->problem != NULL)
    return g_strdup (self->problem->message);
  if (address == NULL)
    return g_strdup (_ ("No other computer can reach it"));
  if (token[0] == '\0')
    /* translators: %s: an address, http://127.0.0.1:7860 */
    return g_strdup_printf (_ ("At %s, for all programs and people on this computer and no other"), address);
  /* translators: %s: an address, http://127.0.0.1:7860 */
  return g_strdup_printf (_ ("At %s, for programs on this computer that know the token"), address);
}

/* ---- Object ---- */

static void
limn_serving_dispose (GObject *object)
{
  LimnServing *self = LIMN_SERVING (object);

  if (self->server != NULL)
    limn_serving_close (self);
  g_clear_object (&self->server);
  g_clear_object (&self->state);
  g_clear_error (&self->problem);

  G_OBJECT_CLASS (limn_serving_parent_class)->dispose (object);
}

static void
limn_serving_class_init (LimnServingClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_serving_dispose;
  changed_signal = g_signal_new ("changed", LIMN_TYPE_SERVING, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_serving_init (LimnServing *self)
{
}

LimnServing *
limn_serving_new (LimnQueue *queue, GSettings *state)
{
  LimnServing *self = g_object_new (LIMN_TYPE_SERVING, NULL);

  self->server = limn_server_new (queue);
  self->state = g_object_ref (state);
  g_signal_connect_swapped (state, "changed::serve", G_CALLBACK (apply), self);
  g_signal_connect_swapped (state, "changed::serve-port", G_CALLBACK (apply), self);
  g_signal_connect_swapped (state, "changed::serve-token", G_CALLBACK (token_changed_cb), self);
  apply (self);
  return self;
}
